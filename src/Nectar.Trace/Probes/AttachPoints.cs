// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Probes.Parsing;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes;

/// <summary>From attach points to hooks.</summary>
internal static class AttachPoints
{
    /// <summary>The hooks of one attach point; none after an error, or where the config says that missing ones are left out.</summary>
    public static ImmutableArray<ProbeTarget> Resolve(AttachPoint point, AttachOptions options, DiagnosticBag diagnostics) => Resolve(point, options, diagnostics, needsPrograms: false, null);

    private static ImmutableArray<ProbeTarget> Resolve(AttachPoint point, AttachOptions options, DiagnosticBag diagnostics, bool needsPrograms, HookUse? use)
    {
        ProbeReporter reporter = new(point, diagnostics);
        List<ProbeTarget> targets = [];
        foreach (ParsedPoint parsed in AttachPointParser.Parse(point, options, reporter)) ProbeResolver.Resolve(parsed, options, reporter, targets);
        if (reporter.HasErrors) return [];
        if (point.Name is { } name)
        {
            for (int i = 0; i < targets.Count; i++) targets[i] = targets[i] with { Name = name };
        }

        if (options.ProbeFilter is { } filter) targets.RemoveAll(target => target.Kind is not (ProbeKind.Begin or ProbeKind.End or ProbeKind.Self) && !filter.IsMatch(target.Name));
        if (use is not null && options.Fallback != FallbackKind.Off) new HookChoice(use, options).Apply(point.Text, targets, reporter);
        if (reporter.HasErrors) return [];
        return Count(targets, options, reporter, needsPrograms) ? [.. targets] : [];
    }

    /// <summary>The hooks of all attach points of a probe; says so if there are none at all.</summary>
    public static ImmutableArray<ProbeTarget> Resolve(Probe probe, AttachOptions options, DiagnosticBag diagnostics)
    {
        List<ProbeTarget> all = [];
        bool hasIterator = false;
        int errors = diagnostics.ErrorCount;
        bool needsPrograms = UsesName(probe);
        HookUse? use = options.Fallback == FallbackKind.Off ? null : HookUse.Of(probe);
        foreach (AttachPoint point in probe.AttachPoints)
        {
            foreach (ProbeTarget target in Resolve(point, options, diagnostics, needsPrograms, use))
            {
                if (target.Kind == ProbeKind.Iterator)
                {
                    if (hasIterator) new ProbeReporter(point, diagnostics).Error("iter probe only supports one attach point.");
                    hasIterator = true;
                }

                all.Add(target);
            }
        }

        if (all.Count > 0 || diagnostics.ErrorCount > errors || options.ProbeFilter is not null || options.Config.MissingProbes == MissingProbes.Ignore) return [.. all];
        bool isError = options.Config.MissingProbes == MissingProbes.Error;
        string message = "Probe has no valid attach points." + (isError ? " If this is expected, set the 'missing_probes' config variable to 'warn'." : " It is being removed which may cause issues with program behavior.");
        diagnostics.Add(new Diagnostic(TraceCodes.MissingProbe, isError ? Severity.Error : Severity.Warning, message, probe.Span.ToSourceSpan(), null, []) { SourceLine = probe.Span.SourceLine });
        return [];
    }

    /// <summary>The body asks which hook it is: what counts then is what bpftrace makes of it, a program for each.</summary>
    private static bool UsesName(Probe probe)
    {
        bool isUsed = false;
        TreeWalk.Visit(probe, node =>
        {
            isUsed |= node is Identifier { Name: "probe" } or Call { Name: "probe" };
            return !isUsed;
        });
        return isUsed;
    }

    private static bool Count(List<ProbeTarget> targets, AttachOptions options, ProbeReporter reporter, bool needsPrograms)
    {
        ResolveState state = options.State;
        state.Count += targets.Count;
        if (state.IsOverLimit) return false;
        if (needsPrograms && targets.Count > 1 && state.Count > options.Config.MaxPrograms)
        {
            state.IsOverLimit = true;
            reporter.Add(TraceCodes.TooManyProbes, Severity.Error,
                string.Create(CultureInfo.InvariantCulture, $"Your program is trying to generate more than {state.Count} BPF programs, which exceeds the current limit of {options.Config.MaxPrograms}"),
                ["help: You can increase the limit through the BPFTRACE_MAX_BPF_PROGS environment variable."]);
            return false;
        }

        if (state.Count <= options.Config.MaxProbes) return true;
        state.IsOverLimit = true;
        reporter.Add(TraceCodes.TooManyProbes, Severity.Error,
            string.Create(CultureInfo.InvariantCulture, $"Can't attach to {state.Count} probes because it exceeds the current limit of {options.Config.MaxProbes} probes."),
            ["help: You can increase the limit through the BPFTRACE_MAX_PROBES environment variable, but BE CAREFUL since a high number of probes attached can cause your system to crash."]);
        return false;
    }
}
