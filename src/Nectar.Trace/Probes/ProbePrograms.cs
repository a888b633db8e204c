// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Probes;

/// <summary>Types of programs.</summary>
internal static class ProbePrograms
{
    private static readonly Version s_uprobeMulti = new(6, 6);

    /// <summary>The section of a probe's program.</summary>
    public static string SectionFor(PlannedProbe probe) => FormOf(probe).Section;

    /// <summary>How a probe's program is declared.</summary>
    public static ProbeForm FormOf(PlannedProbe probe)
    {
        ProbeTarget target = probe.Targets[0];
        string sleepable = probe.IsSleepable ? ".s" : "";
        return probe.Kind switch
        {
            ProbeKind.Tracepoint => OfTracepoint(probe),
            ProbeKind.RawTracepoint => new ProbeForm("raw_tp/" + target.Function, ProgramType.RawTracepoint, null, ProbeContext.RawTracepoint),
            ProbeKind.Kprobe => OfKernelFunction(probe, "kprobe"),
            ProbeKind.Kretprobe => OfKernelFunction(probe, "kretprobe"),
            ProbeKind.Uprobe or ProbeKind.Usdt => OfUserFunction("uprobe", sleepable),
            ProbeKind.Uretprobe => OfUserFunction("uretprobe", sleepable),
            ProbeKind.Fentry => new ProbeForm($"fentry{sleepable}/{FunctionOf(target)}", ProgramType.Tracing, AttachType.TraceFentry, ProbeContext.Trampoline) { IsForOneTarget = true },
            ProbeKind.Fexit => new ProbeForm($"fexit{sleepable}/{FunctionOf(target)}", ProgramType.Tracing, AttachType.TraceFexit, ProbeContext.Trampoline) { IsForOneTarget = true },
            ProbeKind.Iterator => new ProbeForm("iter/" + target.Function, ProgramType.Tracing, AttachType.TraceIter, ProbeContext.Iterator) { IsForOneTarget = true },
            ProbeKind.Profile or ProbeKind.Interval or ProbeKind.Software or ProbeKind.Hardware or ProbeKind.Watchpoint => new ProbeForm("perf_event", ProgramType.PerfEvent, null, ProbeContext.PerfEvent),
            ProbeKind.Bench => new ProbeForm("xdp", ProgramType.Xdp, AttachType.Xdp, ProbeContext.Packet),
            _ => new ProbeForm("raw_tp", ProgramType.RawTracepoint, null, ProbeContext.None),
        };
    }

    /// <summary>Events whose data nobody reads are hooked where they come from: that costs less, and the hook is gone at once.</summary>
    private static ProbeForm OfTracepoint(PlannedProbe probe)
    {
        ProbeTarget target = probe.Targets[0];
        if (!probe.ReadsArguments && probe.Targets.All(IsPlainEvent)) return new ProbeForm("raw_tp/" + target.Function, ProgramType.RawTracepoint, null, ProbeContext.RawTracepoint);
        return new ProbeForm($"tracepoint/{target.Group}/{target.Function}", ProgramType.Tracepoint, null, ProbeContext.Tracepoint);
    }

    /// <summary>An event that is a tracepoint of its own name: those of system calls share two.</summary>
    private static bool IsPlainEvent(ProbeTarget target) => target.Group != "syscalls";

    private static ProbeForm OfKernelFunction(PlannedProbe probe, string section)
    {
        // Offsets, addresses and modules are beyond kprobe.multi, which takes names of functions.
        bool isMulti = probe.Targets.All(target => target is { Offset: 0, Address: null }) && KernelFeatures.Has(Feature.KprobeMultiLink);
        return isMulti ? new ProbeForm(section + ".multi", ProgramType.Kprobe, AttachType.TraceKprobeMulti, ProbeContext.Registers) : new ProbeForm(section, ProgramType.Kprobe, null, ProbeContext.Registers);
    }

    private static ProbeForm OfUserFunction(string section, string sleepable) => KernelRelease.Running.IsAtLeast(s_uprobeMulti)
        ? new ProbeForm(section + ".multi" + sleepable, ProgramType.Kprobe, AttachType.TraceUprobeMulti, ProbeContext.Registers)
        : new ProbeForm(section + sleepable, ProgramType.Kprobe, null, ProbeContext.Registers);

    private static string FunctionOf(ProbeTarget target) => target.Group is "" or "vmlinux" ? target.Function : $"{target.Group}:{target.Function}";
}
