// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Libraries;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes;
using Nectar.Trace.Probes.Parsing;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Planning.Objects;

/// <summary>
/// The hooks of a script that was compiled elsewhere, on this machine: functions in files are where they are here, and what the code took for
/// granted (the layout of an event, the arguments of a USDT probe, a file that it measured) has to be the same.
/// </summary>
internal sealed class HookFinder(TracePlan plan, AttachOptions options, DiagnosticBag diagnostics)
{
    private const string FormatPrefix = "format ", ArgumentsPrefix = "arguments ", FilePrefix = "file ";

    /// <summary>The plan for this machine; null after an error.</summary>
    public TracePlan? Find()
    {
        options.Config = plan.Config;
        ImmutableArray<PlannedProbe>.Builder probes = ImmutableArray.CreateBuilder<PlannedProbe>(plan.Probes.Length);
        foreach (PlannedProbe probe in plan.Probes)
        {
            if (Find(probe) is { } found) probes.Add(found);
        }

        return diagnostics.HasErrors ? null : plan with { Probes = probes.ToImmutable() };
    }

    /// <summary>What has to be the same where an object runs.</summary>
    public static string IdentityOf(PlannedProbe probe, ProbeTarget target)
    {
        if (target.Kind == ProbeKind.Tracepoint && probe.ReadsArguments && ProbePrograms.FormOf(probe).Context == ProbeContext.Tracepoint) return FormatPrefix + FormatOf(target);
        if (target.Kind == ProbeKind.Usdt && !probe.NeedsSameFile) return ArgumentsPrefix + ArgumentsOf(target);
        bool isOfFile = target.Kind is ProbeKind.Usdt or ProbeKind.Uprobe or ProbeKind.Uretprobe;
        return isOfFile && (probe.NeedsSameFile || IsByAddress(target)) ? FilePrefix + FileIdentity(target.Path) : "";
    }

    private PlannedProbe? Find(PlannedProbe probe)
    {
        List<ProbeTarget> targets = [];
        List<ulong> cookies = [];
        for (int i = 0; i < probe.Targets.Length; i++)
        {
            if (Find(probe, probe.Targets[i]) is not { } target) continue;
            targets.Add(target with { ProcessId = options.ProcessId });
            if (probe.Cookies.Length > i) cookies.Add(probe.Cookies[i]);
        }

        if (targets.Count == 0) return null;
        PlannedProbe found = probe with { Targets = [.. targets], Cookies = [.. cookies] };
        string section = ProbePrograms.SectionFor(found);
        if (section == probe.BuiltSection) return found;

        // One link for many functions or one for each: the programs are the same.
        if (found.Kind is ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt) Declare(plan.Object.Programs[found.ProgramName], section);
        else diagnostics.Add(ScriptObject.Problem($"{found.Targets[0].Name} is hooked as '{section}' here, and the object has a program for '{probe.BuiltSection}'", "help: make the object on this machine, or with --kernel for its version"));
        return found;
    }

    private ProbeTarget? Find(PlannedProbe probe, ProbeTarget target)
    {
        ProbeTarget? found = target;
        if (target.Kind is ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt) found = Resolve(target, FileHere(target.Path));
        else if (target.Kind is ProbeKind.Kprobe or ProbeKind.Kretprobe && target.Address is null) found = Resolve(target, target.Group);
        if (found is null || target.Identity.Length == 0) return found;
        string here = target.Identity.StartsWith(FormatPrefix, StringComparison.Ordinal) ? FormatPrefix + FormatOf(found)
            : target.Identity.StartsWith(ArgumentsPrefix, StringComparison.Ordinal) ? ArgumentsPrefix + ArgumentsOf(found)
            : FilePrefix + FileIdentity(found.Path);
        if (here == target.Identity) return found;
        diagnostics.Add(ScriptObject.Problem(
            target.Identity.StartsWith(FormatPrefix, StringComparison.Ordinal) ? $"{target.Name}: this kernel lays the event out in another way than the one that the object was made on"
            : target.Identity.StartsWith(ArgumentsPrefix, StringComparison.Ordinal) ? $"{target.Name}: '{found.Path}' passes the arguments in another way than the file that the object was made with"
            : $"{target.Name}: '{found.Path}' is not the file that the object was made with, and the program has addresses in it", "help: make the object on this machine"));
        return null;
    }

    private ProbeTarget? Resolve(ProbeTarget target, string place)
    {
        ParsedPoint point = new(target.Kind)
        {
            Target = place,
            Namespace = target.Provider,
            Function = IsByAddress(target) ? "" : target.Function,
            Offset = target.Offset,
            Address = IsByAddress(target) ? target.Address : null,
        };
        DiagnosticBag found = new();
        List<ProbeTarget> targets = [];
        ProbeResolver.Resolve(point, options, new ProbeReporter(new AttachPoint { Text = point.Name }, found), targets);
        foreach (Diagnostic problem in found.Items) diagnostics.Add(problem with { Span = null, SourceLine = null });
        if (targets.Count != 0) return targets[0] with { Name = target.Name, Identity = target.Identity };
        if (!found.HasErrors && options.Config.MissingProbes == MissingProbes.Error) diagnostics.Add(ScriptObject.Problem($"there is no {target.Name} here"));
        return null;
    }

    /// <summary>The file of a path as it was where the object was made: here it may be in another folder or version.</summary>
    private string FileHere(string path)
    {
        if (File.Exists(path)) return path;
        string name = Path.GetFileName(path);
        int end = name.IndexOf(".so", StringComparison.Ordinal);
        if (end > 0 && LibraryResolver.TryResolveLibrary(name[..end], out string? library, options.ProcessId == 0 ? null : options.ProcessId)) return library;
        return UserFiles.Resolve(name, options.ProcessId, isUnsafe: false) is [var program, ..] ? program : path;
    }

    private static void Declare(ProgramDefinition program, string section)
    {
        program.Section = section;
        if (!SectionNames.TryParse(section, out SectionDefinition? kind, out string? target, out _)) return;
        (program.Type, program.ExpectedAttachType, program.AttachTarget) = (kind.Type, kind.AttachType, target);
    }

    /// <summary>Hooked by its place, not by a function's name.</summary>
    private static bool IsByAddress(ProbeTarget target) => target.Kind is ProbeKind.Uprobe or ProbeKind.Uretprobe && target.Name.EndsWith(FormattableString.Invariant($":{target.Address}"), StringComparison.Ordinal);

    private static string FormatOf(ProbeTarget target) =>
        TracepointFormat.Read(target.Group, target.Function, null) is { } format ? string.Join(' ', format.Fields.Select(field => FormattableString.Invariant($"{field.Name}:{field.Offset}:{field.Type.Size}"))) : "";

    private static string ArgumentsOf(ProbeTarget target) => string.Join(';', target.Notes.Select(note => note.ArgumentText).Distinct().Order(StringComparer.Ordinal));

    private static string FileIdentity(string path)
    {
        if (!ElfImage.TryOpen(path, out ElfImage? image, out _)) return "";
        using (image) return image.BuildId.IsEmpty ? FormattableString.Invariant($"of {new FileInfo(path).Length} bytes") : Convert.ToHexString(image.BuildId.Span);
    }
}
