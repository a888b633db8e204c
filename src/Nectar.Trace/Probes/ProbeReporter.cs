// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Probes;

/// <summary>Says what is wrong with one attach point, where it stands.</summary>
internal sealed class ProbeReporter(AttachPoint point, DiagnosticBag diagnostics)
{
    public SourceSpan Span { get; } = point.Span.ToSourceSpan();

    /// <summary>An error was reported here.</summary>
    public bool HasErrors { get; private set; }

    public void Error(string message, params ReadOnlySpan<string> notes) => Add(TraceCodes.AttachPoint, Severity.Error, message, notes);

    public void Warning(string message, params ReadOnlySpan<string> notes) => Add(TraceCodes.AttachPoint, Severity.Warning, message, notes);

    /// <summary>An error of a file, not of the text: without the place in the script.</summary>
    public void ErrorElsewhere(string message, params ReadOnlySpan<string> notes) => Add(Diagnostic.Error(TraceCodes.Attach, message, notes));

    /// <summary>A hook that does not exist: as the config says.</summary>
    public void Missing(MissingProbes policy, string message, params ReadOnlySpan<string> notes)
    {
        if (policy == MissingProbes.Error) Add(TraceCodes.MissingProbe, Severity.Error, message + ".", notes);
        else if (policy == MissingProbes.Warn) Add(TraceCodes.MissingProbe, Severity.Warning, message + ". Skipping.", notes);
    }

    public void Add(DiagnosticCode code, Severity severity, string message, ReadOnlySpan<string> notes) => Add(new Diagnostic(code, severity, message, Span, null, [.. notes]));

    public void Add(Diagnostic diagnostic)
    {
        HasErrors |= diagnostic.Severity == Severity.Error;
        string? line = diagnostic.Span is { } span && point.Span.Source is { } source && span.Line <= source.LineCount ? source.Line(span.Line) : null;
        diagnostics.Add(diagnostic with { SourceLine = line });
    }
}
