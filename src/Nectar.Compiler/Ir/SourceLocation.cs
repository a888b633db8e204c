// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>A place in the author's source; what an instruction is blamed on.</summary>
/// <param name="File">The document as the debug information names it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="EndLine">Last line.</param>
/// <param name="EndColumn">Column after the last character.</param>
/// <param name="Text">The line's text, or empty where the source cannot be had.</param>
/// <param name="Method">The method it is in.</param>
/// <param name="InlinedAt">Where that method was called from, if its code was put there.</param>
/// <param name="IsLibrary">True for the library's own code, which is not shown where the author's is at hand.</param>
internal sealed record SourceLocation(string File, int Line, int Column, int EndLine, int EndColumn, string Text, string Method, SourceLocation? InlinedAt = null, bool IsLibrary = false)
{
    /// <summary>The innermost place in code that the author wrote; this one if there is none.</summary>
    public SourceLocation Author
    {
        get
        {
            for (SourceLocation? at = this; at is not null; at = at.InlinedAt)
            {
                if (!at.IsLibrary) return at;
            }

            return this;
        }
    }

    public override string ToString() => $"{File}({Line},{Column})";
}
