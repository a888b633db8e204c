// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Binding;

/// <summary>Puts errors and warnings into the bag, each only once: probes that were copied for several hooks make the same ones.</summary>
internal sealed class BindReport(DiagnosticBag diagnostics, bool warns)
{
    private readonly HashSet<(string? File, int Start, int End, string Message)> _seen = [];

    /// <summary>Off while types are still being found: what is wrong is said in the last walk.</summary>
    public bool IsOn { get; set; } = true;

    public void Error(DiagnosticCode code, Node node, string message, params ReadOnlySpan<string> notes) => Add(Severity.Error, code, node.Span, message, notes);

    public void Warning(DiagnosticCode code, Node node, string message, params ReadOnlySpan<string> notes)
    {
        if (warns) Add(Severity.Warning, code, node.Span, message, notes);
    }

    public void Error(DiagnosticCode code, TextSpan where, string message, params ReadOnlySpan<string> notes) => Add(Severity.Error, code, where, message, notes);

    private void Add(Severity severity, DiagnosticCode code, TextSpan span, string message, ReadOnlySpan<string> notes)
    {
        if (!IsOn || !_seen.Add((span.Source?.Name, span.Start, span.End, message))) return;
        diagnostics.Add(new Diagnostic(code, severity, message, span.ToSourceSpan(), null, [.. notes]) { SourceLine = span.SourceLine });
    }
}
