// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen;

/// <summary>Diagnostics of the back end, at the author's line.</summary>
internal static class CodegenDiagnostics
{
    public static Diagnostic At(SourceLocation? location, DiagnosticCode code, string message, params ReadOnlySpan<string> notes)
    {
        if (location?.Author is not { } place) return Diagnostic.Error(code, message, notes);
        SourceSpan span = new(place.File, place.Line, place.Column, place.EndLine, place.EndColumn);
        return Diagnostic.Error(code, message, span, place.Text.Length > 0 ? place.Text : null, notes);
    }
}
