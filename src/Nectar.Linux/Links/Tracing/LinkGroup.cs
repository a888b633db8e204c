// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// Several attachments as one: probes that the kernel cannot put into one link, or a perf event on each processor. When it is
/// disposed, all programs are taken off concurrently; then none of them runs any more.
/// </summary>
/// <remarks>
/// Under each probe of the older way lies a perf event, which the kernel lets go of one after the other, each in about 0.1 s
/// (perf_uprobe_destroy waits for running tasks while it holds a lock that all share). That goes on in the background: <see cref="Removal"/>.
/// </remarks>
public sealed class LinkGroup : BpfLink
{
    private const int MaxConcurrent = 64, StackSize = 128 << 10;
    private Task _removal = Task.CompletedTask;

    /// <summary>Takes over links.</summary>
    /// <param name="links">The links; owned from here on.</param>
    /// <param name="target">All of them in words: <c>uprobes libc:str*</c>.</param>
    public LinkGroup(IEnumerable<BpfLink> links, string target)
        : base(target) => Links = [.. links];

    /// <summary>The links.</summary>
    public ImmutableArray<BpfLink> Links { get; }

    /// <summary>Ends when the kernel has removed the breakpoints too. Complete before the group is disposed.</summary>
    public Task Removal => _removal;

    /// <summary>Detaches many attachments at once: each is disposed, also if another fails.</summary>
    /// <returns>What goes on in the background, as <see cref="Removal"/>.</returns>
    /// <exception cref="AggregateException">Some failed.</exception>
    public static Task DisposeAll(IReadOnlyCollection<BpfLink> links)
    {
        ArgumentNullException.ThrowIfNull(links);
        List<KernelHandle> events = [];
        List<Exception> problems = [];
        // Threads of their own: they do nothing but wait in the kernel, for which the pool would grow too slowly.
        Queue<BpfLink> waiting = new(links);
        Thread[] threads = new Thread[Math.Min(MaxConcurrent, links.Count)];
        for (int i = 0; i < threads.Length; i++) (threads[i] = new Thread(() => Work(waiting, events, problems), StackSize) { IsBackground = true, Name = "bpf detach" }).Start();
        foreach (Thread thread in threads) thread.Join();
        if (problems.Count > 0) throw new AggregateException(problems);
        return events.Count == 0 ? Task.CompletedTask : Task.Factory.StartNew(() => Close(events), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>
    /// Lets go of attachments without waiting for the kernel, also if the process ends right now: another process waits. Until that has come
    /// to them (some seconds for hundreds of tracepoints) the programs still run. Links that cannot be handed over are disposed.
    /// </summary>
    internal static void Abandon(IReadOnlyCollection<BpfLink> links)
    {
        if (links.Count == 0) return;
        List<BpfLink> single = [];
        foreach (BpfLink link in links) Collect(link, single);
        List<KernelHandle> handles = [];
        foreach (BpfLink link in single)
        {
            if (link is not KernelLink kernel) continue;
            // The link first: the event is let go of after the program.
            handles.Add(kernel.Handle);
            foreach (IDisposable companion in kernel.Companions ?? []) if (companion is KernelHandle handle) handles.Add(handle);
        }

        using KernelHandle? keeper = BackgroundClose.HandOver(handles);
        if (keeper is null) DisposeAll(single);
        else foreach (BpfLink link in single) link.Dispose(); // without the threads of a group: there is nothing to wait for
    }

    private static void Collect(BpfLink link, List<BpfLink> single)
    {
        if (link is LinkGroup group)
        {
            foreach (BpfLink inner in group.Links) Collect(inner, single);
        }
        else
        {
            single.Add(link);
        }
    }

    /// <inheritdoc/>
    public override void Pin(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        for (int i = 0; i < Links.Length; i++) Links[i].Pin(Links.Length == 1 ? path : $"{path}_{i}");
    }

    /// <inheritdoc/>
    protected override void Detach() => _removal = DisposeAll(Links);

    private static void Work(Queue<BpfLink> waiting, List<KernelHandle> events, List<Exception> problems)
    {
        while (true)
        {
            BpfLink? link;
            lock (waiting)
            {
                if (!waiting.TryDequeue(out link)) return;
            }

            try
            {
                // Closing a link takes the program off; its event, which we hold too, can follow later.
                if (link is KernelLink { Companions: [KernelHandle perfEvent] } perf)
                {
                    perf.Companions = null;
                    lock (events) events.Add(perfEvent);
                }

                link.Dispose();
            }
            catch (Exception problem)
            {
                lock (problems) problems.Add(problem);
            }
        }
    }

    private static void Close(List<KernelHandle> events)
    {
        foreach (KernelHandle handle in events) handle.Dispose();
    }
}
