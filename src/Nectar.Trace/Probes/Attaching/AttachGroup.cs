// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Pins;
using Nectar.Linux.Programs;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes;

/// <summary>Hooks that one link holds.</summary>
/// <param name="Targets">At least one.</param>
/// <param name="Cookies">One for each, or none.</param>
/// <param name="Form">How the program was declared.</param>
internal sealed record AttachGroup(ImmutableArray<ProbeTarget> Targets, ImmutableArray<ulong> Cookies, ProbeForm Form)
{
    private const int PartsInRefused = 16;

    /// <summary>As messages name it.</summary>
    public string Name => Targets.Length == 1 ? Targets[0].Name : $"{Targets[0].Name} and {Targets.Length - 1} more";

    /// <summary>The kernel takes its time to let go of it, and the program can be told to do nothing meanwhile.</summary>
    public bool IsSlow => ProbePrograms.CanBeStopped(Targets[0].Kind, Form);

    private ulong Cookie => Cookies.IsDefaultOrEmpty ? 0 : Cookies[0];

    private int? ProcessId => Targets[0].ProcessId == 0 ? null : Targets[0].ProcessId;

    /// <summary>USDT: the places with their cookies.</summary>
    public ImmutableArray<(UsdtNote Note, ulong Cookie)> Places { get; private init; } = [];

    /// <summary>Links that take many hooks get all that they can take; others one each.</summary>
    public static IEnumerable<AttachGroup> Make(PlannedProbe probe, ProbeForm form)
    {
        if (probe.Kind == ProbeKind.Usdt) return MakeStatic(probe, form);
        int[] all = [.. Enumerable.Range(0, probe.Targets.Length)];
        // One hook of all system calls: the program compares numbers.
        if (form.ChecksSyscall) return [new AttachGroup(probe.Targets, [], form)];
        return form.AttachType switch
        {
            AttachType.TraceUprobeMulti => all.GroupBy(i => (probe.Targets[i].Path, probe.Targets[i].ProcessId)).Select(group => Make(probe, form, group)),
            AttachType.TraceKprobeMulti or AttachType.TraceKprobeSession => [Make(probe, form, all)],
            _ => all.Select(i => Make(probe, form, [i])),
        };
    }

    /// <summary>Attaches a program to all of them.</summary>
    public BpfLink Attach(KernelProgram program)
    {
        ProbeTarget target = Targets[0];
        return target.Kind switch
        {
            ProbeKind.Tracepoint when Form.Type == ProgramType.Tracepoint => Tracepoints.Attach(program, target.Group, target.Function, Cookie),
            ProbeKind.Tracepoint when Form.ChecksSyscall => RawTracepoints.Attach(program, Form.Section["raw_tp/".Length..]),
            ProbeKind.RawTracepoint when Form.Type == ProgramType.Tracing => Trampolines.Attach(program, Cookie),
            ProbeKind.Tracepoint or ProbeKind.RawTracepoint => RawTracepoints.Attach(program, target.Function, Cookie),
            ProbeKind.Kprobe => AttachKernel(program, isReturn: false),
            ProbeKind.Kretprobe => AttachKernel(program, isReturn: true),
            ProbeKind.Fentry or ProbeKind.Fexit => Trampolines.Attach(program, Cookie),
            ProbeKind.Iterator => AttachIterator(program, target),
            ProbeKind.Uprobe => AttachUser(program, isReturn: false),
            ProbeKind.Uretprobe => AttachUser(program, isReturn: true),
            ProbeKind.Usdt => AttachStatic(program),
            ProbeKind.Watchpoint => Watchpoints.Attach(program, target, Cookie),
            ProbeKind.Profile => PerfEvents.Attach(program, PerfEventKind.CpuClock, Clock(target)),
            ProbeKind.Interval => PerfEvents.Attach(program, PerfEventKind.CpuClock, Clock(target) with { ProcessId = null, Cpu = FirstCpu() }),
            ProbeKind.Software or ProbeKind.Hardware => PerfEvents.Attach(program, PerfEventProbes.KindOf(target), new PerfEventOptions { Period = Period(target), ProcessId = ProcessId, Cookie = Cookie }),
            _ => throw new InvalidOperationException($"{target.Name} has no hook"),
        };
    }

    private static AttachGroup Make(PlannedProbe probe, ProbeForm form, IEnumerable<int> which)
    {
        int[] indexes = [.. which];
        return new AttachGroup([.. indexes.Select(i => probe.Targets[i])], probe.Cookies.IsDefaultOrEmpty ? [] : [.. indexes.Select(i => probe.Cookies[i])], form);
    }

    private static IEnumerable<AttachGroup> MakeStatic(PlannedProbe probe, ProbeForm form)
    {
        ImmutableArray<UsdtNote> forms = UsdtForms.Of(probe.Targets);
        foreach (IGrouping<(string, int), int> group in Enumerable.Range(0, probe.Targets.Length).GroupBy(i => (probe.Targets[i].Path, probe.Targets[i].ProcessId)))
        {
            List<(UsdtNote, ulong)> places = [];
            foreach (int i in group)
            {
                ulong cookie = probe.Cookies.IsDefaultOrEmpty ? 0 : probe.Cookies[i];
                foreach (UsdtNote note in probe.Targets[i].Notes) places.Add((note, cookie | ((ulong)UsdtForms.IndexOf(forms, note) << 32)));
            }

            yield return Make(probe, form, group) with { Places = [.. places] };
        }
    }

    private static BpfLink AttachIterator(KernelProgram program, ProbeTarget target)
    {
        IteratorLink link = IteratorLink.Attach(program);
        try
        {
            if (target.Pin.Length > 0) link.Pin(target.Pin.StartsWith('/') ? target.Pin : $"{BpfPins.DefaultRoot}/{target.Pin}");
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }

    private BpfLink AttachKernel(KernelProgram program, bool isReturn)
    {
        if (Form.AttachType == AttachType.TraceKprobeMulti && Targets[0].Address is not null) return KprobeMulti.AttachAddresses(program, [.. Targets.Select(target => target.Address!.Value)], Cookies, isReturn);
        if (Form.AttachType is AttachType.TraceKprobeMulti or AttachType.TraceKprobeSession) return KprobeMulti.Attach(program, [.. Targets.Select(target => target.Function)], Cookies, isReturn);
        ProbeTarget only = Targets[0];
        ProbeOptions options = new() { IsReturn = isReturn, Cookie = Cookie, Offset = only.Offset };
        // Kernels before 6.2 keep such a probe for a module that may come; it would never fire.
        if (only.Address is { } wrong && (long)wrong >= 0)
            throw new KernelException(Diagnostic.Error(TraceCodes.Attach, string.Create(CultureInfo.InvariantCulture, $"0x{wrong:x} is no address of the kernel's code")), Errno.EINVAL, "perf_event_open", only.Name);
        if (only.Address is { } address) return Kprobes.Attach(program, string.Create(CultureInfo.InvariantCulture, $"0x{address:x}"), options with { Method = AttachMethod.TraceEvents });
        return Kprobes.Attach(program, only.Group is "" or "vmlinux" ? only.Function : $"{only.Group}:{only.Function}", options);
    }

    private BpfLink AttachStatic(KernelProgram program)
    {
        UprobePlaces places = new(Targets[0].Path, [.. Places.Select(place => place.Note.FileOffset)]);
        bool hasCounters = Places.Any(place => place.Note.SemaphoreFileOffset != 0);
        if (Form.AttachType == AttachType.TraceUprobeMulti)
        {
            return UprobeMulti.Attach(program, places, new UprobeMultiOptions
            {
                ProcessId = ProcessId,
                Cookies = [.. Places.Select(place => place.Cookie)],
                ReferenceCounterOffsets = hasCounters ? [.. Places.Select(place => place.Note.SemaphoreFileOffset)] : [],
            }, Name);
        }

        return Uprobes.AttachAll(program, places, [.. Places.Select(place => (place.Cookie, place.Note.SemaphoreFileOffset))], new ProbeOptions { ProcessId = ProcessId }, Name);
    }

    private static ulong Period(ProbeTarget target) => target.Period != 0 ? target.Period : PerfEventProbes.Find(target.Kind, target.Function)!.Default;

    private static int FirstCpu() => PerfEvents.ParseCpus(Linux.Features.HostFile.ReadLine("/sys/devices/system/cpu/online")) is [int first, ..] ? first : 0;

    private PerfEventOptions Clock(ProbeTarget target) => target.Function == "hz"
        ? new PerfEventOptions { Frequency = target.Period, ProcessId = ProcessId, Cookie = Cookie }
        : new PerfEventOptions { Period = ClockProbes.NanosecondsOf(target.Function, target.Period)!.Value, ProcessId = ProcessId, Cookie = Cookie };

    /// <summary>Functions in files whose first instruction the kernel cannot step over are left out, one by one, when there are others.</summary>
    public BpfLink AttachPossible(KernelProgram program, List<ProbeTarget> refused)
    {
        try
        {
            return Attach(program);
        }
        catch (KernelException problem) when (problem.Errno is Errno.ENOTSUPP or Errno.EOPNOTSUPP && Form.AttachType == AttachType.TraceUprobeMulti && Places.IsEmpty)
        {
            if (Targets.Length == 1)
            {
                refused.Add(Targets[0]);
                throw;
            }

            List<BpfLink> links = [];
            foreach (AttachGroup part in Parts())
            {
                try
                {
                    BpfLink link = part.AttachPossible(program, refused);
                    if (link is LinkGroup several) links.AddRange(several.Links);
                    else links.Add(link);
                }
                catch (KernelException) when (part.Targets.Length == 1 || refused.Count > 0)
                {
                    // told by the caller
                }
            }

            if (links.Count == 0) throw;
            return links.Count == 1 ? links[0] : new LinkGroup(links, Name);
        }
    }

    /// <summary>Pieces, many at once: each refusal costs the kernel as much as attaching and detaching all that come before it.</summary>
    private IEnumerable<AttachGroup> Parts()
    {
        int size = (Targets.Length + PartsInRefused - 1) / PartsInRefused;
        for (int i = 0; i < Targets.Length; i += size)
        {
            int end = Math.Min(i + size, Targets.Length);
            yield return this with { Targets = Targets[i..end], Cookies = Cookies.IsDefaultOrEmpty ? [] : Cookies[i..end] };
        }
    }

    private BpfLink AttachUser(KernelProgram program, bool isReturn)
    {
        UprobePlaces places = new(Targets[0].Path, [.. Targets.Select(target => target.FileOffset!.Value)]);
        if (Form.AttachType == AttachType.TraceUprobeMulti)
            return UprobeMulti.Attach(program, places, new UprobeMultiOptions { IsReturn = isReturn, ProcessId = ProcessId, Cookies = Cookies }, Name);
        return Uprobes.AttachAll(program, places, [], new ProbeOptions { IsReturn = isReturn, ProcessId = ProcessId, Cookie = Cookie }, Name);
    }
}
