// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Symbols.Usdt;

/// <summary>A sum of numbers and at most one symbol, as in <c>-4+sym+0x10</c>.</summary>
internal static class UsdtExpression
{
    internal static bool TryParse(ReadOnlySpan<char> text, out long number, out string? symbol)
    {
        number = 0;
        symbol = null;
        text = text.Trim();
        if (text.IsEmpty) return false;
        while (!text.IsEmpty)
        {
            bool negative = false;
            while (text.Length > 0 && text[0] is '+' or '-' or ' ')
            {
                negative ^= text[0] == '-';
                text = text[1..];
            }

            int end = text.IndexOfAny('+', '-', ' ');
            // names of C++ and of compilers' clones have no sign in them, so that a sign always starts the next term
            ReadOnlySpan<char> term = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[end..].TrimStart();
            if (term.IsEmpty) return false;
            if (char.IsAsciiDigit(term[0]))
            {
                if (!TryNumber(term, out long value)) return false;
                number = unchecked(negative ? number - value : number + value);
            }
            else if (symbol is null && !negative && IsName(term))
            {
                symbol = term.ToString();
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long value)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            bool parsed = ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits);
            value = unchecked((long)bits);
            return parsed;
        }

        // constants of unsigned type reach to 2^64-1
        bool good = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        value = unchecked((long)number);
        return good;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '$' or '@')) return false;
        }

        return true;
    }
}

/// <summary>An operand in AT&amp;T syntax: <c>$5</c>, <c>%edi</c>, <c>-8(%rbp)</c>, <c>8(%rax,%rbx,4)</c>, <c>sym+4(%rip)</c>, <c>%fs:16</c>.</summary>
internal static class UsdtX86Operand
{
    internal static UsdtArgument? Parse(ReadOnlySpan<char> text)
    {
        if (text[0] == '$')
        {
            return UsdtExpression.TryParse(text[1..], out long constant, out string? name) ? new UsdtArgument(UsdtArgumentKind.Constant, 0, false, false) { Offset = constant, Symbol = name } : null;
        }

        string? segment = null;
        if (text.Length > 4 && text[3] == ':' && text[0] == '%')
        {
            segment = text[1..3].ToString();
            if (segment is not ("fs" or "gs")) return null;
            text = text[4..];
        }
        else if (text[0] == '%')
        {
            return UsdtRegister.TryParse(text[1..], Elf.ElfMachine.X86_64, out UsdtRegister register) ? new UsdtArgument(UsdtArgumentKind.Register, 0, false, false) { Base = register } : null;
        }

        int open = text.IndexOf('(');
        ReadOnlySpan<char> outer = open < 0 ? text : text[..open];
        long offset = 0;
        string? symbol = null;
        if (!outer.Trim().IsEmpty && !UsdtExpression.TryParse(outer, out offset, out symbol)) return null;
        UsdtArgument memory = new(UsdtArgumentKind.Memory, 0, false, false) { Offset = offset, Symbol = symbol, Segment = segment };
        if (open < 0) return outer.Trim().IsEmpty ? null : memory;
        return text[^1] == ')' ? WithRegisters(memory, text[(open + 1)..^1]) : null;
    }

    private static UsdtArgument? WithRegisters(UsdtArgument memory, ReadOnlySpan<char> inner)
    {
        Span<Range> parts = stackalloc Range[4];
        int count = inner.Split(parts, ',', StringSplitOptions.TrimEntries);
        if (count is 0 or > 3) return null;
        ReadOnlySpan<char> first = inner[parts[0]];
        UsdtRegister? @base = null, index = null;
        if (first is "%rip")
        {
            // the assembler writes the symbol for what the instruction holds as a distance
            return count == 1 && memory.Symbol is not null ? memory : null;
        }

        if (!first.IsEmpty)
        {
            if (!TryRegister(first, out UsdtRegister register)) return null;
            @base = register;
        }

        int scale = 1;
        if (count > 1)
        {
            if (!TryRegister(inner[parts[1]], out UsdtRegister register)) return null;
            index = register;
            if (count == 3 && (!int.TryParse(inner[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out scale) || scale is not (1 or 2 or 4 or 8))) return null;
        }

        return @base is null && index is null ? null : memory with { Base = @base, Index = index, Scale = scale };
    }

    private static bool TryRegister(ReadOnlySpan<char> text, out UsdtRegister register)
    {
        register = default;
        return text.Length > 1 && text[0] == '%' && UsdtRegister.TryParse(text[1..], Elf.ElfMachine.X86_64, out register) && register.ContextOffset >= 0;
    }
}

/// <summary>An operand of arm64: <c>5</c>, <c>x0</c>, <c>[sp]</c>, <c>[sp, 16]</c>, <c>[x0, x1, lsl 3]</c>, <c>[x0, w1, sxtw 2]</c>.</summary>
internal static class UsdtArmOperand
{
    internal static UsdtArgument? Parse(ReadOnlySpan<char> text)
    {
        if (text[0] == '[') return text[^1] == ']' ? ParseMemory(text[1..^1]) : null;
        if (UsdtRegister.TryParse(text, Elf.ElfMachine.Arm64, out UsdtRegister register)) return new UsdtArgument(UsdtArgumentKind.Register, 0, false, false) { Base = register };
        if (text is "xzr" or "wzr") return new UsdtArgument(UsdtArgumentKind.Constant, 0, false, false);
        return UsdtExpression.TryParse(text.TrimStart('#'), out long constant, out string? symbol) && symbol is null
            ? new UsdtArgument(UsdtArgumentKind.Constant, 0, false, false) { Offset = constant }
            : null;
    }

    private static UsdtArgument? ParseMemory(ReadOnlySpan<char> inner)
    {
        Span<Range> parts = stackalloc Range[4];
        int count = inner.Split(parts, ',', StringSplitOptions.TrimEntries);
        if (count is 0 or > 3 || !UsdtRegister.TryParse(inner[parts[0]], Elf.ElfMachine.Arm64, out UsdtRegister @base) || @base.ContextOffset < 0) return null;
        UsdtArgument memory = new(UsdtArgumentKind.Memory, 0, false, false) { Base = @base };
        if (count == 1) return memory;
        ReadOnlySpan<char> second = inner[parts[1]];
        if (!UsdtRegister.TryParse(second, Elf.ElfMachine.Arm64, out UsdtRegister index))
        {
            return count == 2 && UsdtExpression.TryParse(second.TrimStart('#'), out long offset, out string? symbol) && symbol is null ? memory with { Offset = offset } : null;
        }

        if (index.ContextOffset < 0) return null;
        memory = memory with { Index = index };
        if (count == 2) return memory;
        return Extend(memory, inner[parts[2]]);
    }

    private static UsdtArgument? Extend(UsdtArgument memory, ReadOnlySpan<char> how)
    {
        int blank = how.IndexOf(' ');
        ReadOnlySpan<char> kind = blank < 0 ? how : how[..blank];
        int shift = 0;
        if (blank >= 0 && (!int.TryParse(how[blank..].Trim().TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out shift) || shift > 4)) return null;
        return kind switch
        {
            "lsl" or "uxtw" or "sxtx" => memory with { Scale = 1 << shift },
            "sxtw" => memory with { Scale = 1 << shift, IndexIsSigned32 = true },
            _ => null,
        };
    }
}
