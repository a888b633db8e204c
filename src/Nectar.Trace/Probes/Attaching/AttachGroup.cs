// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Programs;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes;

/// <summary>Hooks that one link holds.</summary>
/// <param name="Targets">At least one.</param>
/// <param name="Cookies">One for each, or none.</param>
/// <param name="Form">How the program was declared.</param>
internal sealed record AttachGroup(ImmutableArray<ProbeTarget> Targets, ImmutableArray<ulong> Cookies, ProbeForm Form)
{
    /// <summary>As messages name it.</summary>
    public string Name => Targets.Length == 1 ? Targets[0].Name : $"{Targets[0].Name} and {Targets.Length - 1} more";

    private ulong Cookie => Cookies.IsDefaultOrEmpty ? 0 : Cookies[0];

    private int? ProcessId => Targets[0].ProcessId == 0 ? null : Targets[0].ProcessId;

    /// <summary>Links that take many hooks get all that they can take; others one each.</summary>
    public static IEnumerable<AttachGroup> Make(PlannedProbe probe, ProbeForm form)
    {
        IEnumerable<int> all = Enumerable.Range(0, probe.Targets.Length);
        IEnumerable<IEnumerable<int>> groups = form.AttachType switch
        {
            AttachType.TraceUprobeMulti => all.GroupBy(i => (probe.Targets[i].Path, probe.Targets[i].ProcessId)),
            AttachType.TraceKprobeMulti => [all],
            _ => all.Select(i => new[] { i }),
        };
        foreach (IEnumerable<int> group in groups)
            yield return new AttachGroup([.. group.Select(i => probe.Targets[i])], probe.Cookies.IsDefaultOrEmpty ? [] : [.. group.Select(i => probe.Cookies[i])], form);
    }

    /// <summary>Attaches a program to all of them.</summary>
    public BpfLink Attach(KernelProgram program)
    {
        ProbeTarget target = Targets[0];
        return target.Kind switch
        {
            ProbeKind.Tracepoint when Form.Type == ProgramType.Tracepoint => Tracepoints.Attach(program, target.Group, target.Function, Cookie),
            ProbeKind.Tracepoint or ProbeKind.RawTracepoint => RawTracepoints.Attach(program, target.Function, Cookie),
            ProbeKind.Uprobe or ProbeKind.Uretprobe => AttachUser(program, target.Kind == ProbeKind.Uretprobe),
            ProbeKind.Profile => PerfEvents.Attach(program, PerfEventKind.CpuClock, Clock(target)),
            ProbeKind.Interval => PerfEvents.Attach(program, PerfEventKind.CpuClock, Clock(target) with { ProcessId = null, Cpu = FirstCpu() }),
            ProbeKind.Software or ProbeKind.Hardware => PerfEvents.Attach(program, PerfEventProbes.KindOf(target), new PerfEventOptions { Period = Period(target), ProcessId = ProcessId, Cookie = Cookie }),
            _ => throw new InvalidOperationException($"{target.Name} has no hook"),
        };
    }

    private static ulong Period(ProbeTarget target) => target.Period != 0 ? target.Period : PerfEventProbes.Find(target.Kind, target.Function)!.Default;

    private static int FirstCpu() => PerfEvents.ParseCpus(Linux.Features.HostFile.ReadLine("/sys/devices/system/cpu/online")) is [int first, ..] ? first : 0;

    private PerfEventOptions Clock(ProbeTarget target) => target.Function == "hz"
        ? new PerfEventOptions { Frequency = target.Period, ProcessId = ProcessId, Cookie = Cookie }
        : new PerfEventOptions { Period = ClockProbes.NanosecondsOf(target.Function, target.Period)!.Value, ProcessId = ProcessId, Cookie = Cookie };

    private BpfLink AttachUser(KernelProgram program, bool isReturn)
    {
        UprobePlaces places = new(Targets[0].Path, [.. Targets.Select(target => target.FileOffset!.Value)]);
        if (Form.AttachType == AttachType.TraceUprobeMulti)
            return UprobeMulti.Attach(program, places, new UprobeMultiOptions { IsReturn = isReturn, ProcessId = ProcessId, Cookies = Cookies }, Name);
        return Uprobes.AttachAll(program, places, [], new ProbeOptions { IsReturn = isReturn, ProcessId = ProcessId, Cookie = Cookie }, Name);
    }
}
