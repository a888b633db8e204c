// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>Diagnostics at the place in the source where a declaration is, as far as debug information tells.</summary>
internal static class ProbeDiagnostics
{
    public static Diagnostic At(SourceLocation? location, DiagnosticCode code, string message, params ReadOnlySpan<string> notes)
    {
        SourceLocation? at = location?.Author;
        if (at is null or { Line: 0 }) return Diagnostic.Error(code, message, notes);
        return Diagnostic.Error(code, message, new SourceSpan(at.File, at.Line, at.Column, at.EndLine, at.EndColumn), at.Text.Length == 0 ? null : at.Text, notes);
    }

    public static Diagnostic At(MethodModel method, DiagnosticCode code, string message, params ReadOnlySpan<string> notes) => At(method.HasBody ? method.LocationAt(0) : null, code, message, notes);

    /// <summary>A class has no place of its own: its first method with one is taken.</summary>
    public static Diagnostic At(TypeModel type, DiagnosticCode code, string message, params ReadOnlySpan<string> notes)
    {
        SourceLocation? location = null;
        foreach (MethodModel method in type.Methods)
        {
            if (!method.HasBody || (location = method.LocationAt(0)) is not null) break;
        }

        return At(location, code, message, notes);
    }
}
