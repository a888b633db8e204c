// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Static tracepoints of the kernel, with the arguments in the form that their <c>format</c> file tells: <c>sched/sched_switch</c>.</summary>
public static class Tracepoints
{
    private const uint TracepointEvent = 2; // PERF_TYPE_TRACEPOINT

    /// <summary>Attaches a program of type <see cref="Bpf.Objects.ProgramType.Tracepoint"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="category">As in <c>/sys/kernel/tracing/events</c>: <c>syscalls</c>.</param>
    /// <param name="name">As in its folder: <c>sys_enter_openat</c>.</param>
    /// <param name="cookie">What the program gets from <c>bpf_get_attach_cookie</c> (kernel 5.15); 0 for none.</param>
    /// <param name="method">How to attach.</param>
    /// <exception cref="KernelException">There is no such tracepoint (NEC4101), or the program does not suit it (NEC4104).</exception>
    public static BpfLink Attach(KernelProgram program, string category, string name, ulong cookie = 0, AttachMethod method = AttachMethod.Automatic)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(category);
        ArgumentException.ThrowIfNullOrEmpty(name);
        string target = $"tracepoint {category}/{name}";
        int id = TraceFileSystem.EventId(category, name) ?? throw NotFound(program, category, name);
        return PerfAttachment.Attach(program, Open(program, id, target), cookie, target, TracingCodes.PerfEvent, method);
    }

    /// <summary>All tracepoints of this kernel, as <c>category/name</c>; none where the trace filesystem cannot be read.</summary>
    public static IEnumerable<string> List() => TraceFileSystem.Categories().SelectMany(category => TraceFileSystem.Events(category).Select(name => $"{category}/{name}"));

    /// <summary>Opens the perf event of an event of the trace filesystem.</summary>
    internal static KernelHandle Open(KernelProgram program, int id, string target, int processId = -1)
    {
        PerfEventAttributes attributes = new() { Type = TracepointEvent, Config = (ulong)id };
        Errno errno = PerfSyscall.TryOpen(ref attributes, processId, processId == -1 ? 0 : -1, out KernelHandle? handle);
        return errno == Errno.None ? handle! : throw Refusal.Make(TracingCodes.PerfEvent, $"program '{program.Name}'", $"open {target}", "perf_event_open", errno);
    }

    private static KernelException NotFound(KernelProgram program, string category, string name)
    {
        string subject = $"program '{program.Name}': attach it to tracepoint {category}/{name}";
        if (TraceFileSystem.Root is null) TraceFileSystem.Require($"events/{category}/{name}/id"); // says why
        string[] categories = [.. TraceFileSystem.Categories()];
        (string problem, string[] notes) = categories.Contains(category)
            ? ($"category '{category}' has no tracepoint '{name}'", NearestNames.Help(name, TraceFileSystem.Events(category)))
            : ($"there is no category '{category}'", NearestNames.Help(category, categories));
        if (notes.Length == 0) notes = Elsewhere(categories, name);
        return new KernelException(Diagnostic.Error(TracingCodes.Tracepoint, $"{subject}: {problem}", notes), Errno.ENOENT, "perf_event_open", $"{category}/{name}");
    }

    private static string[] Elsewhere(string[] categories, string name) =>
        categories.FirstOrDefault(other => TraceFileSystem.EventId(other, name) is not null) is { } found ? [$"help: did you mean '{found}/{name}'?"] : ["help: the tracepoints of this kernel are the folders of /sys/kernel/tracing/events"];
}
