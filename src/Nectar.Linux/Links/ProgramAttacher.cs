// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links;

/// <summary>What a user may say about an attachment beside the program's section.</summary>
public sealed record AttachSettings
{
    /// <summary>No wishes.</summary>
    public static AttachSettings None { get; } = new();

    /// <summary>Where, instead of what the section says: an interface, a cgroup, a function, <c>PATH:FUNCTION</c>, a tracepoint; null for the section's own.</summary>
    public string? Target { get; init; }

    /// <summary>For probes of programs, perf events and iterators: only this process; null for all.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The number that the program reads with <c>bpf_get_attach_cookie</c>; 0 for none.</summary>
    public ulong Cookie { get; init; }
}

/// <summary>Attaches programs by the names of their sections, as authors and other loaders use them, with the target of the section or of the user.</summary>
public static class ProgramAttacher
{
    private delegate BpfLink Attacher(KernelProgram program, string target, AttachSettings settings);

    // Section name, what the target looks like (empty: none is needed), how it is attached.
    private static readonly (string[] Sections, string Form, Attacher Attach)[] s_rows =
    [
        (["kprobe", "kretprobe"], "FUNCTION[+OFFSET]", (p, t, s) => Kprobes.Attach(p, Place(t, out ulong offset), new ProbeOptions { IsReturn = IsReturn(p), Cookie = s.Cookie, Offset = offset })),
        (["ksyscall", "kretsyscall"], "SYSTEM_CALL", (p, t, s) => Kprobes.AttachToSystemCall(p, t, new ProbeOptions { IsReturn = IsReturn(p), Cookie = s.Cookie })),
        (["kprobe.multi", "kretprobe.multi", "kprobe.session"], "PATTERN", (p, t, _) => KprobeMulti.Attach(p, t, IsReturn(p))),
        (["uprobe", "uprobe.s", "uretprobe", "uretprobe.s"], "PATH:FUNCTION[+OFFSET]", AttachUprobe),
        (["uprobe.multi", "uprobe.multi.s", "uretprobe.multi", "uretprobe.multi.s", "uprobe.session", "uprobe.session.s"], "PATH:PATTERN", (p, t, s) =>
            UprobeMulti.Attach(p, Split(p, t, 2)[0], Split(p, t, 2)[1], new UprobeMultiOptions { IsReturn = IsReturn(p), ProcessId = s.ProcessId })),
        (["usdt", "usdt.s"], "PATH:PROVIDER:NAME", (p, t, s) => UsdtProbes.Attach(p, Split(p, t, 3)[0], Split(p, t, 3)[1], Split(p, t, 3)[2], new UsdtOptions { ProcessId = s.ProcessId, Cookie = s.Cookie })),
        (["tracepoint", "tp", "tracepoint.s", "tp.s"], "CATEGORY/NAME", (p, t, s) => Tracepoints.Attach(p, Split(p, t, 2)[0], Split(p, t, 2)[1], s.Cookie)),
        (["raw_tracepoint", "raw_tp", "raw_tracepoint.s", "raw_tp.s", "raw_tracepoint.w", "raw_tp.w"], "NAME", (p, t, s) => RawTracepoints.Attach(p, t, s.Cookie)),
        (["perf_event"], "EVENT[:FREQUENCY], for instance cpu-clock:99", AttachPerfEvent),
        (["tp_btf", "tp_btf.s", "fentry", "fentry.s", "fexit", "fexit.s", "fmod_ret", "fmod_ret.s", "fsession", "fsession.s", "lsm", "lsm.s"], "", (p, _, s) => Trampolines.Attach(p, s.Cookie)),
        (["freplace"], "", (p, _, _) => Trampolines.Replace(p)),
        (["iter", "iter.s"], "", (p, _, s) => IteratorLink.Attach(p, new IteratorOptions { ProcessId = s.ProcessId ?? 0 })),
    ];

    /// <summary>True for programs that are attached to something by themselves: not those that belong to a socket, an entry of a map, or a test run.</summary>
    public static bool CanAttach(KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return Find(program, out _) is not null || NetworkAttacher.CanAttach(program);
    }

    /// <summary>True if neither the section nor the kind of program says where to attach: the user must.</summary>
    public static bool NeedsTarget(KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return Find(program, out string? target) is { } row ? row.Form.Length > 0 && string.IsNullOrEmpty(target) : NetworkAttacher.CanAttach(program) && NetworkAttacher.NeedsTarget(program);
    }

    /// <summary>Attaches a program.</summary>
    /// <param name="program">A program that was loaded from an object, or a program of a network or cgroup type.</param>
    /// <param name="settings">What the user says about it.</param>
    /// <exception cref="NectarException">The target is missing or has another form (NEC4707, NEC4215), or the hook refuses.</exception>
    public static BpfLink Attach(KernelProgram program, AttachSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        settings ??= AttachSettings.None;
        if (Find(program, out string? target) is { } row)
        {
            target = settings.Target ?? target ?? "";
            return target.Length > 0 || row.Form.Length == 0 ? row.Attach(program, target, settings) : throw Unclear(program, target, row.Form);
        }

        if (NetworkAttacher.CanAttach(program)) return NetworkAttacher.Attach(program, settings.Target);
        throw new KernelException(Diagnostic.Error(Inspection.InspectionCodes.Hook, $"program '{program.Name}' ({Inspection.KindNames.Of(program.Type)}, section '{program.Definition?.Section}') is attached to nothing by itself",
            program.Type switch
            {
                ProgramType.SocketFilter or ProgramType.SkReuseport => "help: it belongs to a socket: SocketFilters.Attach in the process that has it",
                ProgramType.Syscall => "help: it is run: nectar prog run",
                ProgramType.Xdp => "help: it is an entry of a device or CPU map: nectar map update",
                ProgramType.StructOps => "help: it is part of a struct_ops map: nectar struct-ops register",
                _ => "help: give its section a name that says where it goes",
            }), Errno.None, "attach", program.Name);
    }

    private static (string[] Sections, string Form, Attacher Attach)? Find(KernelProgram program, out string? target)
    {
        target = null;
        if (program.Definition is not { } definition || !SectionNames.TryParse(definition.Section, out SectionDefinition? section, out target, out _)) return null;
        target = definition.AttachTarget ?? target;
        foreach ((string[] sections, string form, Attacher attach) in s_rows)
        {
            if (Array.IndexOf(sections, section.Name) >= 0) return (sections, form, attach);
        }

        return null;
    }

    private static bool IsReturn(KernelProgram program) => program.Definition!.Section.TrimStart('?') is var section
        && (section.StartsWith("kret", StringComparison.Ordinal) || section.StartsWith("uret", StringComparison.Ordinal));

    private static BpfLink AttachUprobe(KernelProgram program, string target, AttachSettings settings)
    {
        string[] words = Split(program, target, 2);
        ProbeOptions options = new() { IsReturn = IsReturn(program), ProcessId = settings.ProcessId, Cookie = settings.Cookie };
        // PATH:0x1234 is an offset in the file
        if (words[1].StartsWith("0x", StringComparison.Ordinal) && ulong.TryParse(words[1].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address))
            return Uprobes.Attach(program, words[0], null, options with { Offset = address });
        string function = Place(words[1], out ulong offset);
        return Uprobes.Attach(program, words[0], function, options with { Offset = offset });
    }

    private static BpfLink AttachPerfEvent(KernelProgram program, string target, AttachSettings settings)
    {
        string[] words = target.Split(':');
        ulong frequency = 0;
        if (!PerfEventKind.TryParse(words[0], out PerfEventKind kind) || (words.Length > 1 && !ulong.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out frequency)))
            throw Unclear(program, target, $"EVENT[:FREQUENCY]; events: {string.Join(", ", PerfEventKind.Known.ToArray().Select(known => known.Name))}");
        return PerfEvents.Attach(program, kind, new PerfEventOptions { Frequency = frequency == 0 ? 99 : frequency, ProcessId = settings.ProcessId, Cookie = settings.Cookie });
    }

    // FUNCTION+OFFSET, decimal or 0x
    private static string Place(string text, out ulong offset)
    {
        offset = 0;
        int plus = text.LastIndexOf('+');
        if (plus <= 0) return text;
        ReadOnlySpan<char> digits = text.AsSpan(plus + 1);
        bool isNumber = digits.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(digits[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out offset)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
        return isNumber ? text[..plus] : text;
    }

    private static string[] Split(KernelProgram program, string target, int parts)
    {
        string[] words = target.Contains(':', StringComparison.Ordinal) ? target.Split(':') : target.Split('/', 2);
        return words.Length == parts && words.All(word => word.Length > 0) ? words : throw Unclear(program, target, Find(program, out _)!.Value.Form);
    }

    private static KernelException Unclear(KernelProgram program, string target, string form) => new(Diagnostic.Error(Inspection.InspectionCodes.Hook,
        target.Length == 0 ? $"program '{program.Name}': its section '{program.Definition?.Section}' does not say where to attach it" : $"program '{program.Name}': cannot attach it to '{target}'",
        $"help: expected {form}"), Errno.None, "attach", program.Name);
}
