// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Usdt;

/// <summary>
/// Reads the argument text of USDT notes: <c>SIZE@OPERAND</c> separated by blanks, where the operand is in the assembler's syntax
/// of the machine (<c>-4@%edi 8@-8(%rbp) 4@$5 8@sym(%rip)</c>; arm64: <c>-4@w0 8@[sp, 16]</c>), because it is what the compiler put there.
/// </summary>
internal static class UsdtArgumentParser
{
    /// <summary>Compilers write at most 12; sys/sdt.h allows no more.</summary>
    private const int MaxArguments = 64;

    internal static bool TryParse(string text, ElfMachine machine, out ImmutableArray<UsdtArgument> arguments, [NotNullWhen(false)] out Diagnostic? problem)
    {
        arguments = [];
        problem = null;
        if (machine is not (ElfMachine.X86_64 or ElfMachine.Arm64))
        {
            if (text.AsSpan().Trim().IsEmpty) return true;
            problem = Diagnostic.Error(SymbolCodes.Usdt, $"USDT arguments '{text}' are of machine {(int)machine}; those of x86-64 and arm64 are known");
            return false;
        }

        ImmutableArray<UsdtArgument>.Builder found = ImmutableArray.CreateBuilder<UsdtArgument>();
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            int end = EndOfArgument(rest);
            ReadOnlySpan<char> one = rest[..end];
            if (found.Count == MaxArguments || ParseOne(one, machine) is not { } argument)
            {
                problem = Diagnostic.Error(SymbolCodes.Usdt, $"USDT argument {found.Count} '{one}' of '{text}' is in no known form");
                return false;
            }

            found.Add(argument);
            rest = rest[end..].TrimStart();
        }

        arguments = found.ToImmutable();
        return true;
    }

    /// <summary>An argument ends at a blank outside brackets that is not followed by more of it: arm64 writes <c>[sp, 8]</c>.</summary>
    private static int EndOfArgument(ReadOnlySpan<char> text)
    {
        int depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '[' or '(') depth++;
            else if (text[i] is ']' or ')') depth--;
            else if (text[i] is ' ' or '\t' && depth <= 0) return i;
        }

        return text.Length;
    }

    private static UsdtArgument? ParseOne(ReadOnlySpan<char> text, ElfMachine machine)
    {
        int at = text.IndexOf('@');
        bool isFloat = false, isSigned = false;
        int size = 8; // an argument without a size is as wide as a register
        if (at >= 0)
        {
            ReadOnlySpan<char> prefix = text[..at];
            isSigned = prefix.StartsWith("-");
            if (isSigned) prefix = prefix[1..];
            isFloat = prefix.EndsWith("f");
            if (isFloat) prefix = prefix[..^1];
            if (!int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is not (1 or 2 or 4 or 8 or 16 or 32)) return null;
            text = text[(at + 1)..].Trim();
        }

        if (text.IsEmpty) return null;
        UsdtArgument? operand = machine == ElfMachine.Arm64 ? UsdtArmOperand.Parse(text) : UsdtX86Operand.Parse(text);
        return operand is null ? null : operand with { Size = size, IsSigned = isSigned, IsFloat = isFloat };
    }
}
