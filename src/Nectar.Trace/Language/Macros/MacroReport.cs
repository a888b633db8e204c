// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Macros;

/// <summary>Where errors of macros go: each place and message once, however often a macro is used.</summary>
internal sealed class MacroReport(Bpf.Diagnostics.DiagnosticBag diagnostics)
{
    private readonly HashSet<(TextSpan, string)> _seen = [];

    public bool HasErrors => _seen.Count > 0;

    public void Error(TextSpan span, string message, params ReadOnlySpan<string> notes)
    {
        if (_seen.Add((span, message))) diagnostics.Add(Bpf.Diagnostics.Diagnostic.Error(TraceCodes.Macro, message, span.ToSourceSpan(), span.SourceLine, notes));
    }
}
