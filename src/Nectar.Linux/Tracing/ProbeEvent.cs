// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;

namespace Nectar.Linux.Tracing;

/// <summary>
/// A probe made by a line in <c>kprobe_events</c> or <c>uprobe_events</c>: the way of kernels before 4.17, and the only one for
/// <c>maxactive</c>. It stays when its maker dies, so its name says who that was: <c>nectar/u_PID_N</c>.
/// </summary>
internal sealed class ProbeEvent : IDisposable
{
    internal const string Category = "nectar";
    private const int Attempts = 20, PauseMs = 10;
    private static int s_next;

    private ProbeEvent(string file, string name)
    {
        File = file;
        Name = name;
    }

    /// <summary>The control file's name in the trace filesystem.</summary>
    internal string File { get; }

    /// <summary>The event's name in <see cref="Category"/>.</summary>
    internal string Name { get; }

    /// <summary>The number for perf; null if it cannot be read.</summary>
    internal int? Id => TraceFileSystem.EventId(Category, Name);

    /// <summary>Makes a probe.</summary>
    /// <param name="isUser">In a program or library, not in the kernel.</param>
    /// <param name="isReturn">At the return.</param>
    /// <param name="place">The place as the control file wants it: <c>function+8</c>, <c>/path:0x10</c>.</param>
    /// <param name="maxActive">For returns of kernel functions: calls under way at once; 0 for the kernel's choice.</param>
    /// <param name="probe">The probe.</param>
    internal static Errno TryCreate(bool isUser, bool isReturn, string place, int maxActive, out ProbeEvent? probe)
    {
        string file = isUser ? "uprobe_events" : "kprobe_events";
        string name = string.Create(CultureInfo.InvariantCulture, $"{(isUser ? 'u' : 'k')}_{Environment.ProcessId}_{Interlocked.Increment(ref s_next)}");
        string kind = !isReturn ? "p" : maxActive > 0 ? string.Create(CultureInfo.InvariantCulture, $"r{maxActive}") : "r";
        Errno errno = TraceFileSystem.Command(TraceFileSystem.Require(file), $"{kind}:{Category}/{name} {place}\n");
        probe = errno == Errno.None ? new ProbeEvent(file, name) : null;
        return errno;
    }

    /// <summary>Removes the probe. Its perf event must be closed; the kernel may still be letting go of it.</summary>
    public void Dispose()
    {
        for (int i = 0; i < Attempts && Remove() == Errno.EBUSY; i++) Thread.Sleep(PauseMs);
    }

    private Errno Remove() => TraceFileSystem.PathOf(File) is { } path ? TraceFileSystem.Command(path, $"-:{Category}/{Name}\n") : Errno.ENOENT;
}
