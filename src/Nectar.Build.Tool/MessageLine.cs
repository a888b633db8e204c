// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Build.Tool;

/// <summary>A diagnostic as one line of MSBuild: lists of errors have no room for the quoted source, so that notes follow the message.</summary>
internal static class MessageLine
{
    internal static string Of(Diagnostic diagnostic)
    {
        string place = diagnostic.Span is { } span ? string.Create(CultureInfo.InvariantCulture, $"{span.File}({span.Line},{span.Column},{span.EndLine},{span.EndColumn})") : "nectar ";
        string word = diagnostic.Severity == Severity.Error ? "error" : diagnostic.Severity == Severity.Warning ? "warning" : "message";
        string notes = string.Concat(diagnostic.Notes.Select(note => "; " + note.ReplaceLineEndings(" ")));
        return $"{place}: {word} {diagnostic.Code}: {diagnostic.Message.ReplaceLineEndings(" ")}{notes}";
    }
}
