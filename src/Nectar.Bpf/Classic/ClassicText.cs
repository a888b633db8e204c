// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Classic;

/// <summary>
/// Reads programs in the forms that <see cref="ClassicListing"/> prints, told apart by their first character. Text after a
/// semicolon is a comment. Reading does not validate: what tcpdump can print can be read, also if no kernel would take it.
/// </summary>
public static class ClassicText
{
    /// <summary>Reads a program.</summary>
    /// <param name="text">A listing (<c>tcpdump -d</c>), C initialisers (<c>-dd</c>), or decimal numbers on lines or between commas (<c>-ddd</c>, bpf_asm, iptables).</param>
    /// <param name="file">The name for diagnostics.</param>
    /// <exception cref="CompileException">The text is wrong; every error is listed.</exception>
    public static ClassicInstruction[] Parse(string text, string file = "-")
    {
        DiagnosticBag diagnostics = new();
        return TryParse(text, file, diagnostics) ?? throw new CompileException(diagnostics.ToImmutable());
    }

    /// <summary>Reads a program; null, and the errors in <paramref name="diagnostics"/>, if the text is wrong.</summary>
    public static ClassicInstruction[]? TryParse(string text, string file, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(diagnostics);
        int before = diagnostics.ErrorCount;
        string[] lines = text.Split('\n');
        List<ClassicInstruction> program = [];
        char first = FirstCharacter(lines);
        ClassicTextSource source = new(file, lines, diagnostics);
        if (first == '\0') source.Report(ClassicCodes.Syntax, 0, 0, 1, "there is no program in this text");
        else if (first == '{') ClassicNumberReader.ReadC(source, program);
        else if (char.IsAsciiDigit(first)) ClassicNumberReader.ReadDecimal(source, program);
        else ReadListing(source, program);
        return diagnostics.ErrorCount == before ? [.. program] : null;
    }

    private static char FirstCharacter(string[] lines)
    {
        foreach (string line in lines)
        {
            ReadOnlySpan<char> code = ClassicTextSource.WithoutComment(line).Trim();
            if (!code.IsEmpty) return code[0];
        }

        return '\0';
    }

    private static void ReadListing(ClassicTextSource source, List<ClassicInstruction> program)
    {
        for (int line = 0; line < source.Lines.Length; line++)
        {
            ClassicLineReader reader = new(source, line);
            if (reader.IsAtEnd) continue;
            program.Add(reader.ReadInstruction(program.Count)); // also a wrong one, so that the targets behind it keep their indices
        }
    }
}

/// <summary>The lines of a text, and where its errors go.</summary>
internal sealed class ClassicTextSource(string file, string[] lines, DiagnosticBag diagnostics)
{
    public string[] Lines => lines;

    /// <summary>Reports an error; line and column count from 0 here.</summary>
    public void Report(DiagnosticCode code, int line, int column, int length, string message, params ReadOnlySpan<string> notes)
    {
        SourceSpan span = new(file, line + 1, column + 1, line + 1, column + 1 + Math.Max(1, length));
        diagnostics.Add(new Diagnostic(code, Severity.Error, message, span, null, ImmutableArray.Create(notes)) { SourceLine = lines[line].TrimEnd('\r') });
    }

    public static ReadOnlySpan<char> WithoutComment(string line)
    {
        int semicolon = line.IndexOf(';', StringComparison.Ordinal);
        return semicolon < 0 ? line : line.AsSpan(0, semicolon);
    }

    /// <summary>Reads a decimal or 0x number of 32 bits, negative ones as their two's complement.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out uint value)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        if (text.StartsWith("-"))
        {
            bool ok = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int negative);
            value = (uint)negative;
            return ok;
        }

        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
