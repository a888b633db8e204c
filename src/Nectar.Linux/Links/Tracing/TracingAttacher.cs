// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Pins;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// Attaches tracing programs by what their section says (<c>tp/syscalls/sys_enter_openat</c>), or by a target that the user names
/// instead. This is what automatic attachment and the command use.
/// </summary>
internal static class TracingAttacher
{
    private delegate BpfLink Attacher(KernelProgram program, TracingTarget target);

    private const string Function = "FUNCTION[+OFFSET]", Place = "PATH:FUNCTION[+OFFSET] or PATH:OFFSET", Nothing = "what they were loaded for";

    // The section's name without .s, the form of the target, whether it may be left out, how it is attached.
    private static readonly (string Kind, string Form, bool IsOptional, Attacher Attach)[] s_rows =
    [
        ("kprobe", Function, false, (p, t) => Kprobes.Attach(p, t.Function, t.Probe(isReturn: false))),
        ("kretprobe", "FUNCTION", false, (p, t) => Kprobes.Attach(p, t.Function, t.Probe(isReturn: true))),
        ("ksyscall", "SYSTEM_CALL", false, (p, t) => Kprobes.AttachToSystemCall(p, t.Text, t.Probe(isReturn: false))),
        ("kretsyscall", "SYSTEM_CALL", false, (p, t) => Kprobes.AttachToSystemCall(p, t.Text, t.Probe(isReturn: true))),
        ("kprobe.multi", "PATTERN", false, (p, t) => KprobeMulti.Attach(p, t.Text, t.Options.IsReturn)),
        ("kretprobe.multi", "PATTERN", false, (p, t) => KprobeMulti.Attach(p, t.Text, isReturn: true)),
        ("kprobe.session", "PATTERN", false, (p, t) => KprobeMulti.Attach(p, t.Text)),
        ("uprobe", Place, false, (p, t) => Uprobes.Attach(p, t.Binary, t.Symbol, t.Probe(isReturn: false))),
        ("uretprobe", "PATH:FUNCTION", false, (p, t) => Uprobes.Attach(p, t.Binary, t.Symbol, t.Probe(isReturn: true))),
        ("uprobe.multi", "PATH:PATTERN", false, (p, t) => AttachMulti(p, t, t.Options.IsReturn)),
        ("uretprobe.multi", "PATH:PATTERN", false, (p, t) => AttachMulti(p, t, isReturn: true)),
        ("uprobe.session", "PATH:PATTERN", false, (p, t) => AttachMulti(p, t, isReturn: false)),
        ("usdt", "PATH:PROVIDER:NAME", false, AttachUsdt),
        ("tracepoint", "CATEGORY/NAME", false, AttachTracepoint),
        ("tp", "CATEGORY/NAME", false, AttachTracepoint),
        .. new[] { "raw_tracepoint", "raw_tp", "raw_tracepoint.w", "raw_tp.w" }.Select(kind => (kind, "NAME", false, (Attacher)((p, t) => RawTracepoints.Attach(p, t.Text, t.Options.Cookie)))),
        .. new[] { "tp_btf", "fentry", "fexit", "fmod_ret", "fsession", "lsm" }.Select(kind => (kind, Nothing, true, (Attacher)((p, t) => Trampolines.Attach(p, t.Options.Cookie)))),
        ("freplace", Nothing, true, (p, _) => Trampolines.Replace(p)),
        ("iter", "[map:ID or map:PIN, cgroup:PATH, pid:NUMBER, tid:NUMBER]", true, AttachIterator),
        ("perf_event", "EVENT[:PERIOD or :FREQUENCYhz]", false, AttachPerfEvent),
    ];

    /// <summary>True for programs that are attached here.</summary>
    internal static bool CanAttach(KernelProgram program) =>
        program.Type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.PerfEvent or ProgramType.Ext
        || (program.Type == ProgramType.Tracing && KindOf(program) is { } kind && Row(kind) is not null)
        || program is { Type: ProgramType.Lsm, ExpectedAttachType: not AttachType.LsmCgroup };

    /// <summary>True if the section does not say enough, so that the user must say where.</summary>
    internal static bool NeedsTarget(KernelProgram program) => program.Definition?.AttachTarget is not { Length: > 0 } && Row(KindOf(program) ?? "") is not { IsOptional: true };

    /// <summary>Attaches a program.</summary>
    /// <param name="program">A program for which <see cref="CanAttach"/> holds.</param>
    /// <param name="target">Where, instead of what the section says: in the form of its kind, or a whole section name; null for what the section says.</param>
    /// <param name="options">Cookie, process, return.</param>
    /// <exception cref="NectarException">The target has another form (NEC4110), or the program cannot be attached there.</exception>
    internal static BpfLink Attach(KernelProgram program, string? target, TracingOptions? options = null)
    {
        string? kind = KindOf(program);
        // A whole section name may change the kind, say from entry to return, but not the type that the program was loaded with.
        if (target is not null && SectionNames.TryParse(target, out SectionDefinition? section, out string? rest, out _) && section.Type == program.Type && (rest is not null || kind is null))
        {
            (kind, target) = (KindOf(section), rest ?? "");
        }

        if (Row(kind ?? "") is not { } row) throw Unclear(program, target ?? "", "what a section name says: KIND/TARGET");
        string text = target ?? (row.Kind == "iter" ? "" : program.Definition?.AttachTarget ?? "");
        if (text.Length == 0 && !row.IsOptional) throw Unclear(program, text, row.Form);
        try
        {
            return row.Attach(program, new TracingTarget(text, options ?? TracingOptions.None));
        }
        catch (FormatException)
        {
            throw Unclear(program, text, row.Form);
        }
    }

    private static (string Kind, string Form, bool IsOptional, Attacher Attach)? Row(string kind)
    {
        foreach ((string Kind, string Form, bool IsOptional, Attacher Attach) row in s_rows)
        {
            if (row.Kind == kind) return row;
        }

        return null;
    }

    private static string? KindOf(KernelProgram program) => program.Definition is { } definition && SectionNames.TryParse(definition.Section, out SectionDefinition? section, out _, out _) && section.Type == program.Type ? KindOf(section) : program.Type switch
    {
        ProgramType.Tracepoint => "tp",
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => "raw_tp",
        ProgramType.PerfEvent => "perf_event",
        ProgramType.Tracing => program.ExpectedAttachType switch { AttachType.TraceIter => "iter", null => null, _ => "fentry" },
        ProgramType.Lsm => "lsm",
        ProgramType.Ext => "freplace",
        _ => null,
    };

    private static string KindOf(SectionDefinition section) => section.Name.EndsWith(".s", StringComparison.Ordinal) ? section.Name[..^2] : section.Name;

    private static BpfLink AttachMulti(KernelProgram program, TracingTarget target, bool isReturn) =>
        UprobeMulti.Attach(program, target.Binary, target.Symbol ?? throw new FormatException(), new UprobeMultiOptions { IsReturn = isReturn, ProcessId = target.Options.ProcessId });

    private static UsdtLink AttachUsdt(KernelProgram program, TracingTarget target)
    {
        string[] words = target.Text.Split(':');
        if (words.Length != 3 || (words[0].Length == 0 && target.Options.ProcessId is null)) throw new FormatException();
        UsdtOptions options = new() { Cookie = target.Options.Cookie, ProcessId = target.Options.ProcessId };
        return UsdtProbes.Attach(program, words[0].Length == 0 ? null : words[0], words[1], words[2], options);
    }

    private static BpfLink AttachTracepoint(KernelProgram program, TracingTarget target)
    {
        string[] words = target.Text.Split('/', ':');
        return words.Length == 2 && words[0].Length > 0 && words[1].Length > 0 ? Tracepoints.Attach(program, words[0], words[1], target.Options.Cookie) : throw new FormatException();
    }

    private static IteratorLink AttachIterator(KernelProgram program, TracingTarget target)
    {
        if (target.Text.Length == 0) return IteratorLink.Attach(program);
        int colon = target.Text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) throw new FormatException();
        string word = target.Text[(colon + 1)..];
        switch (target.Text[..colon])
        {
            case "map":
                using (KernelHandle map = uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? OpenMap(id) : BpfPins.Open(word)) return IteratorLink.Attach(program, new IteratorOptions { Map = map });
            case "cgroup": return IteratorLink.Attach(program, new IteratorOptions { CgroupPath = word });
            case "pid": return IteratorLink.Attach(program, new IteratorOptions { ProcessId = TracingTarget.Number(word) });
            case "tid": return IteratorLink.Attach(program, new IteratorOptions { ThreadId = TracingTarget.Number(word) });
            default: throw new FormatException();
        }
    }

    private static KernelHandle OpenMap(uint id)
    {
        using KernelMap map = KernelMap.OpenById(id);
        return map.Handle.Duplicate();
    }

    private static BpfLink AttachPerfEvent(KernelProgram program, TracingTarget target)
    {
        string[] words = target.Text.Split(':');
        if (words.Length > 2 || !PerfEventKind.TryParse(words[0], out PerfEventKind kind)) throw new FormatException();
        PerfEventOptions options = new() { Cookie = target.Options.Cookie, ProcessId = target.Options.ProcessId };
        if (words.Length == 1) return PerfEvents.Attach(program, kind, kind == PerfEventKind.CpuClock || kind == PerfEventKind.TaskClock || !kind.IsSoftware ? options : options with { Period = 1 });
        bool isFrequency = words[1].EndsWith("hz", StringComparison.OrdinalIgnoreCase);
        ulong number = (ulong)TracingTarget.Number(isFrequency ? words[1][..^2] : words[1]);
        if (number == 0) throw new FormatException();
        return PerfEvents.Attach(program, kind, isFrequency ? options with { Frequency = number } : options with { Period = number });
    }

    private static KernelException Unclear(KernelProgram program, string target, string form) =>
        new(Diagnostic.Error(TracingCodes.Target, $"program '{program.Name}': attach it to '{target}': programs of {(program.Definition is { } definition ? $"section '{definition.Section}'" : $"type {program.Type}")} are attached to {form}"), Errno.None, "attach", program.Name);
}
