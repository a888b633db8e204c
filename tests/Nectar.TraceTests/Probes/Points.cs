// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Probes;

/// <summary>Resolves single attach points.</summary>
internal static class Points
{
    public static AttachPoint Make(string text)
    {
        SourceText source = new("stdin", text);
        return new AttachPoint { Text = text, Span = new TextSpan(source, 0, text.Length) };
    }

    /// <summary>The names of the hooks, or the first error's text.</summary>
    public static string Names(string text, AttachOptions? options = null)
    {
        DiagnosticBag diagnostics = new();
        string names = string.Join(' ', AttachPoints.Resolve(Make(text), options ?? new AttachOptions(), diagnostics).Select(target => target.Name));
        return diagnostics.HasErrors ? diagnostics.Items.First(d => d.Severity == Severity.Error).Message : names;
    }
}
