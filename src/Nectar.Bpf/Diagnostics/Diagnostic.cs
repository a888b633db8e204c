// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text;

namespace Nectar.Bpf.Diagnostics;

/// <summary>How much a diagnostic matters: an error stops the work, a warning does not, a note only informs.</summary>
public enum Severity : byte
{
    /// <summary>The work cannot be done.</summary>
    Error,

    /// <summary>The work was done, but probably not as intended.</summary>
    Warning,

    /// <summary>Worth knowing.</summary>
    Note,
}

/// <summary>
/// A stable number for one kind of problem, printed as <c>NEC1234</c>. Ranges: 1xxx object files (ELF, BTF, captures),
/// 2xxx IL legality, 3xxx verifier (31xx to 37xx by category), 4xxx kernel, 51xx debugger, 52xx verification, 53xx and up trace scripts, 6xxx packet filters, 7xxx seccomp, 8xxx agent,
/// 90xx assembly text, 91xx classic BPF, 92xx the machine in this process.
/// </summary>
/// <param name="Number">1 to 9999.</param>
public readonly record struct DiagnosticCode(int Number)
{
    /// <summary>The code as it is printed: <c>NEC</c> and four digits.</summary>
    public override string ToString() => $"NEC{Number:D4}";
}

/// <summary>A place in a source text. Lines and columns count from 1; the end is exclusive.</summary>
/// <param name="File">The file as the user named it; <c>-</c> for standard input.</param>
/// <param name="Line">First line.</param>
/// <param name="Column">First column, in characters.</param>
/// <param name="EndLine">Last line.</param>
/// <param name="EndColumn">Column after the last character.</param>
public readonly record struct SourceSpan(string File, int Line, int Column, int EndLine, int EndColumn)
{
    /// <summary>The place as editors link it: <c>file(line,column)</c>.</summary>
    public override string ToString() => $"{File}({Line},{Column})";
}

/// <summary>One thing that is wrong, and what to do about it: the only error shape of Nectar.</summary>
/// <param name="Code">The kind of problem.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">A lower-case sentence that says what was found and what was expected.</param>
/// <param name="Span">The place in the user's text, where there is one.</param>
/// <param name="Instruction">The index of the instruction, where there is one.</param>
/// <param name="Notes">Further lines, each starting with its kind (<c>note: …</c>, <c>help: …</c>).</param>
public sealed record Diagnostic(
    DiagnosticCode Code,
    Severity Severity,
    string Message,
    SourceSpan? Span,
    int? Instruction,
    ImmutableArray<string> Notes)
{
    /// <summary>The line of source that <see cref="Span"/> points into, quoted under the message; null if it is not known.</summary>
    public string? SourceLine { get; init; }

    /// <summary>Makes an error without a place in a text.</summary>
    public static Diagnostic Error(DiagnosticCode code, string message, params ReadOnlySpan<string> notes) =>
        new(code, Severity.Error, message, null, null, [.. notes]);

    /// <summary>Makes an error at a place in a text, with the line quoted.</summary>
    public static Diagnostic Error(DiagnosticCode code, string message, SourceSpan span, string? sourceLine, params ReadOnlySpan<string> notes) =>
        new(code, Severity.Error, message, span, null, [.. notes]) { SourceLine = sourceLine };

    /// <summary>The MSBuild form (<c>file(line,column): error NEC9001: message</c>), the quoted line with a caret, and the notes.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (Span is { } span) text.Append(span).Append(": ");
        text.Append(Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" });
        text.Append(' ').Append(Code).Append(": ").Append(Message);
        if (Span is { } place && SourceLine is { } line)
        {
            string number = place.Line.ToString(System.Globalization.CultureInfo.InvariantCulture);
            int start = Math.Clamp(place.Column - 1, 0, line.Length);
            int length = place.EndLine == place.Line ? Math.Max(1, place.EndColumn - place.Column) : Math.Max(1, line.Length - start);
            text.Append('\n').Append(number.PadLeft(5)).Append(" | ").Append(line);
            text.Append('\n').Append(' ', 5).Append(" | ");
            foreach (char c in line.AsSpan(0, start)) text.Append(c == '\t' ? '\t' : ' '); // a tab stays a tab, so that the caret lines up
            text.Append('^', length);
        }
        else if (Instruction is { } index && !Notes.Any(note => note.StartsWith("note: insn ", StringComparison.Ordinal)))
        {
            text.Append("\n  note: insn ").Append(index);
        }

        foreach (string note in Notes) text.Append("\n  ").Append(note);
        return text.ToString();
    }
}
