// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;

namespace Nectar.Trace.Probes.Fallback;

/// <summary>Chooses the hooks that stand in for those that the kernel lacks, in the order of <see cref="HookFallback"/>.</summary>
internal sealed class HookChoice(HookUse use, AttachOptions options)
{
    private const int MostReported = 8;

    private static readonly Dictionary<Feature, (FallbackKind Kind, string Name, Func<ProbeTarget, HookUse, FoundHooks> Find)> s_ways = new()
    {
        [Feature.Fentry] = (FallbackKind.Fentry, "fentry", HookNeighbours.Trampoline),
        [Feature.Kprobes] = (FallbackKind.Kprobe, "kprobe", HookNeighbours.Kprobe),
        [Feature.RawTracepoints] = (FallbackKind.Tracepoint, "tracepoint", HookNeighbours.Tracepoint),
        [Feature.BtfTracepoints] = (FallbackKind.Tracepoint, "tracepoint", HookNeighbours.Tracepoint),
    };

    /// <summary>Puts hooks that the kernel has in the place of others, and says so; reports where nothing fits.</summary>
    public void Apply(string point, List<ProbeTarget> targets, ProbeReporter reporter)
    {
        List<ProbeTarget> chosen = new(targets.Count), lost = [];
        List<string> notes = [], tried = [];
        foreach (ProbeTarget target in targets)
        {
            if (NeedOf(target) is not { } need)
            {
                chosen.Add(target);
                continue;
            }

            tried.Clear();
            if (Choose(target, need, tried, out string why) is not { Count: > 0 } found)
            {
                lost.Add(target);
                continue;
            }

            foreach (ProbeTarget hook in found) chosen.Add(ReferenceEquals(hook, target) ? target : target with { Substitute = hook });
            if (!ReferenceEquals(found[0], target)) notes.Add(Describe(target, found, why));
        }

        if (lost.Count > 0 && chosen.Count == 0) Refuse(point, lost, tried, reporter);
        else if (lost.Count > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{point}: {lost.Count} of {targets.Count} functions have no other hook and are left out: {List(lost)}"));
        foreach (string note in notes.Take(MostReported)) options.State.HookNotes.Add(note);
        if (notes.Count > MostReported) options.State.HookNotes.Add(string.Create(CultureInfo.InvariantCulture, $"{point}: and {notes.Count - MostReported} more in the same way"));
        targets.Clear();
        targets.AddRange(chosen);
    }

    /// <summary>A help line for a hook that the kernel refused, if another one would do; none otherwise.</summary>
    public static string[] HelpFor(ProbeTarget target)
    {
        if (target.Replaces is not null || NeedOf(target) is not { } need || KernelFeatures.Has(need)) return [];
        HookChoice choice = new(new HookUse(), new AttachOptions { Fallback = FallbackKind.Nearest });
        return choice.Choose(target, need, [], out _) is { Count: > 0 } found ? [$"help: --fallback takes {NamesOf(found)} instead"] : [];
    }

    private static Feature? NeedOf(ProbeTarget target) => target.Kind switch
    {
        ProbeKind.Kprobe or ProbeKind.Kretprobe => Feature.Kprobes,
        ProbeKind.Fentry when target.ProgramId == 0 => Feature.Fentry,
        ProbeKind.Fexit when target.ProgramId == 0 => Feature.Fexit,
        _ => null,
    };

    /// <summary>The hooks for a target: itself alone, or others; null if there are none.</summary>
    private IReadOnlyList<ProbeTarget>? Choose(ProbeTarget target, Feature need, List<string> tried, out string why)
    {
        why = options.Fallback == FallbackKind.Nearest ? "" : $"--fallback={options.Fallback.ToString().ToLowerInvariant()}";
        bool isThere = KernelFeatures.Has(need);
        if (options.Fallback != FallbackKind.Nearest)
        {
            foreach ((Feature feature, (FallbackKind kind, _, Func<ProbeTarget, HookUse, FoundHooks> find)) in s_ways)
            {
                if (kind == options.Fallback && feature != need && KernelFeatures.Has(feature) && find(target, use) is { Hooks.Count: > 0 } preferred) return preferred.Hooks;
            }
        }

        if (isThere) return [target];
        string name = FeatureInfo.Of(need).Name;
        why = KernelFeatures.Probe(need).Errno == Errno.EPERM ? $"this kernel refuses {name}" : $"this kernel has no {name}";
        tried.Add($"note: {name}: {KernelFeatures.Probe(need).Reason}");
        FallbackKind last = FallbackKind.Off;
        foreach (HookFallback row in HookFallback.Candidates(need))
        {
            if (!s_ways.TryGetValue(row.Instead, out var way) || way.Kind == last) continue;
            if (!KernelFeatures.Has(row.Instead))
            {
                tried.Add($"note: {FeatureInfo.Of(row.Instead).Name}: {KernelFeatures.Probe(row.Instead).Reason}");
                continue;
            }

            last = way.Kind; // rows for tracepoints differ in what programs may do, not in the place
            FoundHooks found = way.Find(target, use);
            if (found.Hooks.Count > 0) return found.Hooks;
            tried.Add($"note: {way.Name}: {found.Reason}");
        }

        return null;
    }

    private void Refuse(string point, List<ProbeTarget> lost, List<string> tried, ProbeReporter reporter)
    {
        string message = lost.Count == 1 ? $"{lost[0].Name}: no hook of this kernel does the same" : $"{point}: no hook of this kernel does the same as any of {lost.Count} functions";
        options.State.LostHooks.AddRange(lost);
        options.State.LostReasons.Clear();
        options.State.LostReasons.AddRange(tried);
        if (options.Config.MissingProbes == MissingProbes.Ignore) return;
        bool isError = options.Config.MissingProbes == MissingProbes.Error;
        reporter.Add(TraceCodes.NoFallback, isError ? Severity.Error : Severity.Warning, isError ? message : message + ". Skipping.", isError ? [.. tried] : []);
    }

    private static string Describe(ProbeTarget target, IReadOnlyList<ProbeTarget> hooks, string why)
    {
        string difference = hooks[0].Replaces!.Difference;
        return $"{target.Name}: {why}: attached as {NamesOf(hooks)}{(difference.Length == 0 ? "" : $" ({difference})")}";
    }

    private static string NamesOf(IEnumerable<ProbeTarget> hooks) => string.Join(", ", hooks.Select(hook => hook.Kind switch
    {
        ProbeKind.Tracepoint => $"tracepoint:{hook.Group}:{hook.Function}",
        _ => $"{ProbeProviders.NameOf(hook.Kind)}:{hook.Function}",
    }));

    private static string List(List<ProbeTarget> targets)
    {
        const int Shown = 5;
        string names = string.Join(", ", targets.Take(Shown).Select(target => target.Function));
        return targets.Count > Shown ? names + ", …" : names;
    }
}
