// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes;

/// <summary>From attach points to hooks.</summary>
internal static class AttachPoints
{
    /// <summary>The hooks of one attach point; none after an error, or where the config says that missing ones are left out.</summary>
    public static ImmutableArray<ProbeTarget> Resolve(AttachPoint point, AttachOptions options, DiagnosticBag diagnostics)
    {
        ProbeReporter reporter = new(point, diagnostics);
        List<ProbeTarget> targets = [];
        foreach (ParsedPoint parsed in AttachPointParser.Parse(point, options, reporter)) ProbeResolver.Resolve(parsed, options, reporter, targets);
        if (reporter.HasErrors) return [];
        if (point.Name is { } name)
        {
            for (int i = 0; i < targets.Count; i++) targets[i] = targets[i] with { Name = name };
        }

        return Count(targets, options, reporter) ? [.. targets] : [];
    }

    /// <summary>The hooks of all attach points of a probe; says so if there are none at all.</summary>
    public static ImmutableArray<ProbeTarget> Resolve(Probe probe, AttachOptions options, DiagnosticBag diagnostics)
    {
        List<ProbeTarget> all = [];
        bool hasIterator = false;
        int errors = diagnostics.ErrorCount;
        foreach (AttachPoint point in probe.AttachPoints)
        {
            foreach (ProbeTarget target in Resolve(point, options, diagnostics))
            {
                if (target.Kind == ProbeKind.Iterator)
                {
                    if (hasIterator) new ProbeReporter(point, diagnostics).Error("iter probe only supports one attach point.");
                    hasIterator = true;
                }

                all.Add(target);
            }
        }

        if (all.Count > 0 || diagnostics.ErrorCount > errors || options.Config.MissingProbes == MissingProbes.Ignore) return [.. all];
        bool isError = options.Config.MissingProbes == MissingProbes.Error;
        string message = "Probe has no valid attach points." + (isError ? " If this is expected, set the 'missing_probes' config variable to 'warn'." : " It is being removed which may cause issues with program behavior.");
        diagnostics.Add(new Diagnostic(TraceCodes.MissingProbe, isError ? Severity.Error : Severity.Warning, message, probe.Span.ToSourceSpan(), null, []) { SourceLine = probe.Span.SourceLine });
        return [];
    }

    private static bool Count(List<ProbeTarget> targets, AttachOptions options, ProbeReporter reporter)
    {
        ResolveState state = options.State;
        state.Count += targets.Count;
        if (state.Count <= options.Config.MaxProbes) return true;
        if (!state.IsOverLimit)
        {
            state.IsOverLimit = true;
            reporter.Add(TraceCodes.TooManyProbes, Severity.Error,
                string.Create(CultureInfo.InvariantCulture, $"Can't attach to {state.Count} probes because it exceeds the current limit of {options.Config.MaxProbes} probes."),
                ["help: You can increase the limit through the BPFTRACE_MAX_PROBES environment variable, but BE CAREFUL since a high number of probes attached can cause your system to crash."]);
        }

        return false;
    }
}
