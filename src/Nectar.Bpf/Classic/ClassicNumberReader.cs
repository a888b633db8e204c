// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Classic;

/// <summary>Reads the forms that consist of numbers: C initialisers, and decimal numbers on lines or between commas.</summary>
internal static class ClassicNumberReader
{
    private readonly record struct Token(int Line, int Column, string Text);

    private static readonly string[] s_fields = ["code", "jt", "jf", "k"];

    /// <summary>Reads <c>{ 0x28, 0, 0, 0x0000000c },</c> any number of times.</summary>
    public static void ReadC(ClassicTextSource source, List<ClassicInstruction> program)
    {
        List<Token> entry = [];
        bool inside = false;
        foreach (Token token in Tokens(source, "{}"))
        {
            switch (token.Text)
            {
                case "{" when !inside:
                    inside = true;
                    entry.Clear();
                    break;
                case "}" when inside:
                    inside = false;
                    if (entry.Count == 4) program.Add(Instruction(source, entry, 0));
                    else Report(source, ClassicCodes.Syntax, token, $"an instruction has 4 numbers, here are {entry.Count}");
                    break;
                case "{" or "}":
                    Report(source, ClassicCodes.Syntax, token, $"'{token.Text}' is not expected here");
                    return;
                default:
                    if (inside) entry.Add(token);
                    else Report(source, ClassicCodes.Syntax, token, $"expected '{{', found '{token.Text}'");
                    break;
            }
        }

        if (inside) source.Report(ClassicCodes.Syntax, source.Lines.Length - 1, source.Lines[^1].Length, 1, "expected '}' before the end of the text");
    }

    /// <summary>Reads the count and then four numbers an instruction.</summary>
    public static void ReadDecimal(ClassicTextSource source, List<ClassicInstruction> program)
    {
        List<Token> tokens = [.. Tokens(source, "")];
        Token head = tokens[0];
        bool counted = ClassicTextSource.TryNumber(head.Text, out uint count);
        if (!counted) Report(source, ClassicCodes.Number, head, $"expected the number of instructions, found '{head.Text}'");
        for (int i = 1; i + 4 <= tokens.Count; i += 4) program.Add(Instruction(source, tokens, i));
        int rest = (tokens.Count - 1) % 4;
        if (rest != 0) Report(source, ClassicCodes.Syntax, tokens[^rest], $"the last instruction has {rest} of 4 numbers");
        else if (counted && count != program.Count) Report(source, ClassicCodes.Count, head, $"{count} instructions are announced, but {program.Count} follow");
    }

    private static ClassicInstruction Instruction(ClassicTextSource source, List<Token> tokens, int start)
    {
        ReadOnlySpan<uint> limits = [ushort.MaxValue, byte.MaxValue, byte.MaxValue, uint.MaxValue];
        Span<uint> values = stackalloc uint[4];
        for (int i = 0; i < 4; i++)
        {
            Token token = tokens[start + i];
            if (!ClassicTextSource.TryNumber(token.Text, out values[i]) || values[i] > limits[i])
            {
                Report(source, ClassicCodes.Number, token, $"'{token.Text}' is no value for {s_fields[i]}; 0 to {limits[i]} are allowed");
            }
        }

        return new((ushort)values[0], (byte)values[1], (byte)values[2], values[3]);
    }

    // Words between blanks and commas; each of the single characters is a word of its own.
    private static IEnumerable<Token> Tokens(ClassicTextSource source, string single)
    {
        for (int line = 0; line < source.Lines.Length; line++)
        {
            string text = ClassicTextSource.WithoutComment(source.Lines[line]).ToString();
            int position = 0;
            while (position < text.Length)
            {
                int start = position;
                char c = text[position++];
                if (char.IsWhiteSpace(c) || c == ',') continue;
                if (!single.Contains(c))
                {
                    while (position < text.Length && !char.IsWhiteSpace(text[position]) && text[position] != ',' && !single.Contains(text[position])) position++;
                }

                yield return new Token(line, start, text[start..position]);
            }
        }
    }

    private static void Report(ClassicTextSource source, DiagnosticCode code, Token token, string message) =>
        source.Report(code, token.Line, token.Column, token.Text.Length, message);
}
