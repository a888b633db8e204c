// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>A register as it was written.</summary>
/// <param name="Number">0 to 10.</param>
/// <param name="IsHalf">Written as <c>w1</c>: the lower 32 bits.</param>
/// <param name="Start">Where it stands.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct RegisterText(int Number, bool IsHalf, int Start, int End)
{
    /// <summary>32 or 64.</summary>
    public int Width => IsHalf ? 32 : 64;
}

/// <summary>Reads the operands that both dialects share: registers, immediates, memory, jump targets.</summary>
internal sealed class OperandReader
{
    private readonly Scanner _scanner;
    private readonly CodeBuffer _code;

    public OperandReader(Scanner scanner, CodeBuffer code)
    {
        _scanner = scanner;
        _code = code;
    }

    /// <summary>True if a register is next: <c>r1</c>, <c>w1</c>, <c>%r1</c>.</summary>
    public bool IsRegister()
    {
        _scanner.SkipBlanks();
        ReadOnlySpan<char> rest = _scanner.Rest;
        if (rest.Length < 2) return false;
        if (rest[0] == '%') return true;
        if (rest[0] is not ('r' or 'w') || !char.IsAsciiDigit(rest[1])) return false;
        int end = 2;
        while (end < rest.Length && char.IsAsciiDigit(rest[end])) end++;
        return end == rest.Length || !Scanner.IsNameCharacter(rest[end]);
    }

    /// <summary>Reads a register or says why there is none.</summary>
    public bool Register(out RegisterText register)
    {
        register = default;
        if (!IsRegister()) return _scanner.Unexpected("a register (r0 to r10)");
        int start = _scanner.Position;
        int end = _scanner.TokenEnd();
        ReadOnlySpan<char> text = _scanner.Slice(start, end);
        ReadOnlySpan<char> name = text[0] == '%' ? text[1..] : text;
        bool valid = name.Length is 2 or 3 && name[0] is 'r' or 'w' && int.TryParse(name[1..], out int number) && number <= 10 && (name.Length == 2 || name[1] != '0');
        if (!valid) return _scanner.Fail(AsmCodes.BadRegister, start, end, $"there is no register '{text}'", "help: registers are r0 to r10, and w0 to w10 for their lower 32 bits");
        register = new RegisterText(int.Parse(name[1..]), name[0] == 'w', start, end);
        _scanner.Position = end;
        return true;
    }

    /// <summary>Reports a write to the frame pointer.</summary>
    public bool Writable(RegisterText register) => register.Number != 10 ||
        _scanner.Fail(AsmCodes.BadRegister, register.Start, register.End, "r10 is the frame pointer and cannot be written");

    /// <summary>Reports a register of the wrong width.</summary>
    public bool HasWidth(RegisterText register, int width)
    {
        if (register.Width == width) return true;
        string right = (width == 64 ? "r" : "w") + register.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return _scanner.Fail(AsmCodes.WidthMismatch, register.Start, register.End,
            $"'{_scanner.Slice(register.Start, register.End)}' is {register.Width} bits wide, expected '{right}': this instruction works on {width} bits");
    }

    /// <summary>Reads a 32-bit immediate.</summary>
    /// <param name="value">Receives the field.</param>
    /// <param name="width">64 to warn about a bit pattern that sign extension changes; otherwise 0.</param>
    public bool Immediate(out int value, int width = 0)
    {
        value = 0;
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        if (!_scanner.TakeNumber(out NumberText number)) return _scanner.Unexpected("a number");
        if (!number.TryInt32(out value))
        {
            return _scanner.Fail(AsmCodes.ImmediateRange, start, _scanner.Position,
                $"{_scanner.Slice(start, _scanner.Position)} does not fit 32 bits (-2147483648 to 2147483647, in hexadecimal up to 0xffffffff)");
        }

        if (width == 64 && number is { IsHex: true, IsNegative: false } && value < 0)
        {
            _scanner.Warn(AsmCodes.SignExtended, start, _scanner.Position,
                $"{_scanner.Slice(start, _scanner.Position)} is sign-extended to 0x{(ulong)value:x}", "help: load it with 'r1 = 0x... ll' first, or write it as a negative number");
        }

        return true;
    }

    /// <summary>Reads <c>+ 4</c>, <c>-4</c> or nothing.</summary>
    public bool Offset(out short offset)
    {
        offset = 0;
        _scanner.SkipBlanks();
        if (_scanner.Current is not ('+' or '-')) return true;
        int start = _scanner.Position;
        if (!_scanner.TakeNumber(out NumberText number))
        {
            _scanner.Position = start + 1;
            return _scanner.Unexpected("a number");
        }

        if (!number.TryRange(short.MinValue, short.MaxValue, out long value))
        {
            return _scanner.Fail(AsmCodes.OffsetRange, start, _scanner.Position, $"offset {_scanner.Slice(start, _scanner.Position)} does not fit 16 bits (-32768 to 32767)");
        }

        offset = (short)value;
        return true;
    }

    /// <summary>Reads <c>r1 + 4</c> between two brackets.</summary>
    public bool Memory(char open, char close, out int register, out short offset)
    {
        register = 0;
        offset = 0;
        if (!_scanner.Expect(open, "before an address")) return false;
        if (!Address(out register, out offset)) return false;
        return _scanner.Expect(close, "after the address");
    }

    /// <summary>Reads <c>r1 + 4</c>.</summary>
    public bool Address(out int register, out short offset)
    {
        offset = 0;
        register = 0;
        if (!Register(out RegisterText text) || !HasWidth(text, 64)) return false;
        register = text.Number;
        return Offset(out offset);
    }

    /// <summary>Reads a jump target: <c>+5</c>, <c>pc+5</c> or a label; a label is resolved at the end of the function.</summary>
    /// <param name="kind">How far the jump reaches, or a call.</param>
    /// <param name="distance">The distance in slots, or 0 for a label.</param>
    public bool Target(ReferenceKind kind, out int distance)
    {
        distance = 0;
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        ReadOnlySpan<char> rest = _scanner.Rest;
        if (rest.StartsWith("pc", StringComparison.Ordinal) && rest.Length > 2 && rest[2] is '+' or '-') _scanner.Position += 2;
        if (_scanner.Current is '+' or '-')
        {
            if (!_scanner.TakeNumber(out NumberText number)) return _scanner.Unexpected("a distance such as +5");
            (long low, long high) = kind == ReferenceKind.Jump ? (short.MinValue, short.MaxValue) : (int.MinValue, (long)int.MaxValue);
            if (!number.TryRange(low, high, out long value))
            {
                return _scanner.Fail(AsmCodes.JumpTooFar, start, _scanner.Position, $"a jump of {_scanner.Slice(start, _scanner.Position)} is too far ({low} to {high})",
                    kind == ReferenceKind.Jump ? ["help: 'gotol' reaches 32 bits"] : []);
            }

            distance = (int)value;
            SkipAnnotation();
            return true;
        }

        bool bracket = _scanner.Take('<');
        int nameStart = _scanner.Position;
        if (_scanner.TakeName().IsEmpty)
        {
            return _scanner.Unexpected("a label or a distance such as +5", char.IsAsciiDigit(_scanner.Current) ? ["help: distances are written with a sign and count from the next instruction"] : []);
        }

        int nameEnd = _scanner.Position;
        if (bracket && !_scanner.Expect('>', "after the label")) return false;
        _code.References.Add(new Reference(_code.Count, kind, nameStart, nameEnd, _scanner.Line, _scanner.LineStart, 0));
        return true;
    }

    /// <summary>Skips a name in angle brackets, which disassemblers add for the reader.</summary>
    public void SkipAnnotation()
    {
        _scanner.SkipBlanks();
        if (_scanner.Current != '<') return;
        int end = _scanner.Rest.IndexOf('>');
        if (end >= 0) _scanner.Position += end + 1;
    }
}
