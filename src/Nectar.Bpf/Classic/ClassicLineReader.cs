// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Classic;

/// <summary>Reads one line of a readable listing: <c>(004) jeq      #0x6             jt 5	jf 8</c>.</summary>
internal ref struct ClassicLineReader
{
    private readonly ClassicTextSource _source;
    private readonly int _line;
    private readonly ReadOnlySpan<char> _text;
    private int _position;

    public ClassicLineReader(ClassicTextSource source, int line)
    {
        _source = source;
        _line = line;
        _text = ClassicTextSource.WithoutComment(source.Lines[line]).TrimEnd();
        SkipBlanks();
    }

    public readonly bool IsAtEnd => _position >= _text.Length;

    /// <summary>Reads the line as the instruction of an index; what is wrong is reported, and an instruction of zeros returned.</summary>
    public ClassicInstruction ReadInstruction(int index)
    {
        if (!ReadIndex(index)) return default;
        int start = _position;
        ReadOnlySpan<char> mnemonic = ReadWord();
        int operandStart = _position;
        ReadOnlySpan<char> operand = ReadOperand();
        if (!TryOperand(operand, out ClassicOperand form, out uint k)) return Fail(ClassicCodes.UnknownInstruction, operandStart, operand.Length, $"'{operand}' is no operand");
        if (mnemonic is "unimp" && form == ClassicOperand.Target && k <= ushort.MaxValue) return Finish(new((ushort)k, 0));
        if (Find(mnemonic, form, out bool known) is not { } info)
        {
            return known
                ? Fail(ClassicCodes.UnknownInstruction, operandStart, operand.Length, $"'{mnemonic}' does not take {(operand.IsEmpty ? "no operand" : $"'{operand}'")}")
                : Fail(ClassicCodes.UnknownInstruction, start, mnemonic.Length, $"'{mnemonic}' is no classic instruction");
        }

        if (info.Operation == ClassicOperation.Ja) return Finish(new(info.Code, k - (uint)index - 1));
        if (!info.IsConditional) return Finish(new(info.Code, k));
        return ReadTarget("jt", index, out byte jumpTrue) && ReadTarget("jf", index, out byte jumpFalse) ? Finish(new(info.Code, jumpTrue, jumpFalse, k)) : default;
    }

    private static ClassicOpcodeInfo? Find(ReadOnlySpan<char> mnemonic, ClassicOperand form, out bool known)
    {
        known = false;
        foreach (ClassicOpcodeInfo row in ClassicOpcodeTable.Rows)
        {
            if (!mnemonic.SequenceEqual(row.Mnemonic)) continue;
            known = true;
            // Decimal or hexadecimal is how it is printed; either can be read.
            if (row.Operand == form || (row.Operand == ClassicOperand.Decimal && form == ClassicOperand.Hexadecimal)) return row;
        }

        return null;
    }

    private static bool TryOperand(ReadOnlySpan<char> text, out ClassicOperand form, out uint k)
    {
        k = 0;
        form = ClassicOperand.None;
        if (text.IsEmpty) return true;
        form = ClassicOperand.IndexRegister;
        if (text is "x") return true;
        form = ClassicOperand.Length;
        if (text is "#pktlen" or "#len") return true;
        form = ClassicOperand.Hexadecimal;
        if (text[0] == '#') return ClassicTextSource.TryNumber(text[1..], out k);
        form = ClassicOperand.Memory;
        if (text.StartsWith("M[") && text[^1] == ']') return ClassicTextSource.TryNumber(text[2..^1].Trim(), out k);
        form = ClassicOperand.HeaderLength;
        if (text.StartsWith("4*([") && text.EndsWith("]&0xf)")) return ClassicTextSource.TryNumber(text[4..^6].Trim(), out k);
        if (text[0] == '[' && text[^1] == ']') return TryAddress(text[1..^1].Trim(), out form, out k);
        form = ClassicOperand.Target;
        return ClassicTextSource.TryNumber(text, out k);
    }

    private static bool TryAddress(ReadOnlySpan<char> text, out ClassicOperand form, out uint k)
    {
        form = ClassicOperand.Absolute;
        if (ClassicAncillaryTable.TryParse(text, out ClassicAncillary value))
        {
            k = ClassicAncillaryTable.Base + (uint)value;
            return true;
        }

        if (text.IsEmpty || text[0] != 'x') return ClassicTextSource.TryNumber(text, out k);
        form = ClassicOperand.Indirect;
        ReadOnlySpan<char> rest = text[1..].TrimStart();
        k = 0;
        return !rest.IsEmpty && rest[0] == '+' && ClassicTextSource.TryNumber(rest[1..].Trim(), out k);
    }

    // "(003) " in front of the instruction may be missing, but if it is there it must be right: targets count on it.
    private bool ReadIndex(int index)
    {
        if (_text[_position] != '(') return true;
        int start = _position;
        int close = _text[_position..].IndexOf(')');
        if (close < 0 || !ClassicTextSource.TryNumber(_text.Slice(_position + 1, close - 1).Trim().TrimStart('0') is { IsEmpty: false } digits ? digits : "0", out uint number))
        {
            Fail(ClassicCodes.Syntax, start, close < 0 ? _text.Length - start : close + 1, "expected the index of the instruction, as '(000)'");
            return false;
        }

        _position += close + 1;
        SkipBlanks();
        if (number != index)
        {
            Fail(ClassicCodes.Syntax, start, close + 1, $"this is instruction {index} of the text, but it is numbered {number}");
            return false;
        }

        if (!IsAtEnd) return true;
        Fail(ClassicCodes.Syntax, start, close + 1, "an index without an instruction");
        return false;
    }

    private bool ReadTarget(string name, int index, out byte distance)
    {
        distance = 0;
        int start = _position;
        ReadOnlySpan<char> keyword = ReadWord();
        if (!keyword.SequenceEqual(name))
        {
            Fail(ClassicCodes.Syntax, start, keyword.Length, $"expected '{name}' and the index of an instruction");
            return false;
        }

        start = _position;
        ReadOnlySpan<char> digits = ReadWord();
        if (!ClassicTextSource.TryNumber(digits, out uint target))
        {
            Fail(ClassicCodes.Number, start, digits.Length, $"expected the index of an instruction after '{name}'");
            return false;
        }

        long skipped = (long)target - index - 1;
        if (skipped is < 0 or > byte.MaxValue)
        {
            Fail(ClassicCodes.Number, start, digits.Length, $"{name} of instruction {index} can reach {index + 1} to {index + 256}, not {target}");
            return false;
        }

        distance = (byte)skipped;
        return true;
    }

    private ClassicInstruction Finish(ClassicInstruction instruction) =>
        IsAtEnd ? instruction : Fail(ClassicCodes.Syntax, _position, _text.Length - _position, $"'{_text[_position..]}' after the end of the instruction");

    private readonly ClassicInstruction Fail(DiagnosticCode code, int column, int length, string message)
    {
        _source.Report(code, _line, Math.Min(column, _source.Lines[_line].Length), length, message);
        return default;
    }

    private ReadOnlySpan<char> ReadWord()
    {
        int start = _position;
        while (!IsAtEnd && !char.IsWhiteSpace(_text[_position])) _position++;
        ReadOnlySpan<char> word = _text[start.._position];
        SkipBlanks();
        return word;
    }

    // An operand ends at a blank outside brackets: "[x + 14]" is one.
    private ReadOnlySpan<char> ReadOperand()
    {
        int start = _position, depth = 0;
        while (!IsAtEnd && (depth > 0 || !char.IsWhiteSpace(_text[_position])))
        {
            char c = _text[_position++];
            if (c is '[' or '(') depth++;
            else if (c is ']' or ')') depth--;
        }

        ReadOnlySpan<char> operand = _text[start.._position];
        SkipBlanks();
        return operand;
    }

    private void SkipBlanks()
    {
        while (!IsAtEnd && char.IsWhiteSpace(_text[_position])) _position++;
    }
}
