// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes;

/// <summary>Types of programs.</summary>
internal static class ProbePrograms
{
    private static readonly Version s_uprobeMulti = new(6, 6), s_rawCookies = new(6, 10);

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
            ProbeKind.RawTracepoint when probe.UsesRecord => new ProbeForm("tp_btf/" + target.Function, ProgramType.Tracing, AttachType.TraceRawTp, ProbeContext.RawTracepoint) { IsForOneTarget = true },
            ProbeKind.RawTracepoint => new ProbeForm("raw_tp/" + target.Function, ProgramType.RawTracepoint, null, ProbeContext.RawTracepoint),
            ProbeKind.Kprobe => OfKernelFunction(probe, "kprobe"),
            ProbeKind.Kretprobe => OfKernelFunction(probe, "kretprobe"),
            ProbeKind.Uprobe or ProbeKind.Usdt => OfUserFunction(probe, "uprobe", sleepable),
            ProbeKind.Uretprobe => OfUserFunction(probe, "uretprobe", sleepable),
            ProbeKind.Fentry => new ProbeForm($"fentry{sleepable}/{FunctionOf(target)}", ProgramType.Tracing, AttachType.TraceFentry, ProbeContext.Trampoline) { IsForOneTarget = true },
            ProbeKind.Fexit => new ProbeForm($"fexit{sleepable}/{FunctionOf(target)}", ProgramType.Tracing, AttachType.TraceFexit, ProbeContext.Trampoline) { IsForOneTarget = true },
            ProbeKind.Iterator => new ProbeForm("iter/" + target.Function, ProgramType.Tracing, AttachType.TraceIter, ProbeContext.Iterator) { IsForOneTarget = true },
            ProbeKind.Profile or ProbeKind.Interval or ProbeKind.Software or ProbeKind.Hardware or ProbeKind.Watchpoint => new ProbeForm("perf_event", ProgramType.PerfEvent, null, ProbeContext.PerfEvent),
            ProbeKind.Bench => new ProbeForm("xdp", ProgramType.Xdp, AttachType.Xdp, ProbeContext.Packet),
            _ => new ProbeForm("raw_tp", ProgramType.RawTracepoint, null, ProbeContext.None),
        };
    }

    /// <summary>
    /// The kernel takes its time to let go of such a hook (grace periods of all processors), and the program looks whether the trace has ended:
    /// what costs a load there lets the end go on at once.
    /// </summary>
    public static bool CanBeStopped(ProbeKind kind, ProbeForm form) => kind switch
    {
        ProbeKind.Tracepoint => !form.ChecksSyscall,
        ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt => true,
        // One grace period for a link of many functions; one for each where the kernel has no such links, and for trampolines.
        ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Fentry or ProbeKind.Fexit => true,
        _ => false,
    };

    /// <summary>Hooks with different keys cannot share a program.</summary>
    public static string ProgramKey(ProbeTarget target) => target.Kind switch
    {
        ProbeKind.Fentry or ProbeKind.Fexit or ProbeKind.Iterator => target.Name,
        ProbeKind.Tracepoint when SyscallEvents.Find(target) is { } call => call.IsExit ? "exit" : "enter",
        _ => "",
    };

    /// <summary>The programs that fentry on programs needs at load, by the name of the planned program (<see cref="Linux.Loading.KernelLoadOptions.AttachPrograms"/>). The caller disposes them.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">A program is gone.</exception>
    public static Dictionary<string, KernelProgram> AttachProgramsOf(TracePlan plan)
    {
        Dictionary<string, KernelProgram> programs = new(StringComparer.Ordinal);
        foreach (PlannedProbe probe in plan.Probes)
        {
            if (probe.Targets[0].ProgramId is var id and not 0) programs.Add(probe.ProgramName, KernelProgram.OpenById(id));
        }

        return programs;
    }

    /// <summary>
    /// Events whose data nobody reads are hooked where they come from: that costs less, and the hook is gone at once. So are those of system
    /// calls, whose arguments are in the registers.
    /// </summary>
    private static ProbeForm OfTracepoint(PlannedProbe probe)
    {
        ProbeTarget target = probe.Targets[0];
        ProbeForm record = new($"tracepoint/{target.Group}/{target.Function}", ProgramType.Tracepoint, null, ProbeContext.Tracepoint);
        if (probe.UsesRecord) return record;
        if (target.Group == "syscalls")
        {
            if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || SyscallEvents.Find(target) is not { } call) return record;
            bool isSame = probe.Targets.All(other => SyscallEvents.Find(other) is { } found && found.IsExit == call.IsExit);
            return isSame ? new ProbeForm(call.IsExit ? "raw_tp/sys_exit" : "raw_tp/sys_enter", ProgramType.RawTracepoint, null, ProbeContext.RawTracepoint) { ChecksSyscall = true } : record;
        }

        bool isPlain = !probe.ReadsArguments && probe.Targets.All(other => other.Group != "syscalls" && !DynamicEvents.Contains(other.Group, other.Function));
        bool hasCookies = probe.Cookies.IsDefaultOrEmpty || KernelRelease.Running.IsAtLeast(s_rawCookies);
        return isPlain && hasCookies ? new ProbeForm("raw_tp/" + target.Function, ProgramType.RawTracepoint, null, ProbeContext.RawTracepoint) : record;
    }

    private static ProbeForm OfKernelFunction(PlannedProbe probe, string section)
    {
        // Offsets are beyond kprobe.multi, which takes functions, all by name or all by address.
        if (probe.IsSession) return new ProbeForm("kprobe.session", ProgramType.Kprobe, AttachType.TraceKprobeSession, ProbeContext.Registers);
        bool isMulti = !probe.HasSingleLinks && probe.Targets.All(target => target.Offset == 0 && target.Address is null == probe.Targets[0].Address is null) && KernelFeatures.Has(Feature.KprobeMultiLink);
        return isMulti ? new ProbeForm(section + ".multi", ProgramType.Kprobe, AttachType.TraceKprobeMulti, ProbeContext.Registers) : new ProbeForm(section, ProgramType.Kprobe, null, ProbeContext.Registers);
    }

    private static ProbeForm OfUserFunction(PlannedProbe probe, string section, string sleepable) => !probe.HasSingleLinks && KernelRelease.Running.IsAtLeast(s_uprobeMulti)
        ? new ProbeForm(section + ".multi" + sleepable, ProgramType.Kprobe, AttachType.TraceUprobeMulti, ProbeContext.Registers)
        : new ProbeForm(section + sleepable, ProgramType.Kprobe, null, ProbeContext.Registers);

    private static string FunctionOf(ProbeTarget target) => target.Group is "" or "vmlinux" or "bpf" ? target.Function : $"{target.Group}:{target.Function}";
}
