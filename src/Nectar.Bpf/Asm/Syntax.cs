// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Asm;

/// <summary>The words and signs that assembler and disassembler share.</summary>
internal static class Syntax
{
    /// <summary>Arithmetic by its assignment sign, longest first, so that the first that matches is right.</summary>
    private static readonly (string Sign, Operation Operation)[] s_arithmetic =
    [
        ("s>>=", Operation.Arsh), ("<<=", Operation.Lsh), (">>=", Operation.Rsh), ("s/=", Operation.SDiv), ("s%=", Operation.SMod),
        ("+=", Operation.Add), ("-=", Operation.Sub), ("*=", Operation.Mul), ("/=", Operation.Div), ("|=", Operation.Or),
        ("&=", Operation.And), ("%=", Operation.Mod), ("^=", Operation.Xor), ("=", Operation.Mov),
    ];

    private static readonly (string Sign, Operation Operation)[] s_conditions =
    [
        ("s>=", Operation.Jsge), ("s<=", Operation.Jsle), ("s>", Operation.Jsgt), ("s<", Operation.Jslt), ("==", Operation.Jeq), ("!=", Operation.Jne),
        (">=", Operation.Jge), ("<=", Operation.Jle), (">", Operation.Jgt), ("<", Operation.Jlt), ("&", Operation.Jset),
    ];

    private static readonly string?[] s_signs = BuildSigns();

    /// <summary>The sign of an arithmetic operation or condition.</summary>
    public static string SignOf(Operation operation) => s_signs[(int)operation] ?? throw new ArgumentOutOfRangeException(nameof(operation), operation, null);

    /// <summary>Finds the assignment sign at the start of a text.</summary>
    public static bool TryArithmetic(ReadOnlySpan<char> text, out Operation operation, out int length) => TryMatch(s_arithmetic, text, out operation, out length);

    /// <summary>Finds the condition at the start of a text.</summary>
    public static bool TryCondition(ReadOnlySpan<char> text, out Operation operation, out int length) => TryMatch(s_conditions, text, out operation, out length);

    /// <summary>The sign of an atomic operation without result.</summary>
    public static string AtomicSign(Operation operation) => operation switch
    {
        Operation.AtomicAdd => "+=",
        Operation.AtomicOr => "|=",
        Operation.AtomicAnd => "&=",
        _ => "^=",
    };

    /// <summary>The name in <c>atomic_fetch_NAME</c>.</summary>
    public static string FetchName(Operation operation) => operation switch
    {
        Operation.AtomicFetchAdd => "add",
        Operation.AtomicFetchOr => "or",
        Operation.AtomicFetchAnd => "and",
        _ => "xor",
    };

    private static bool TryMatch((string Sign, Operation Operation)[] table, ReadOnlySpan<char> text, out Operation operation, out int length)
    {
        foreach ((string sign, Operation candidate) in table)
        {
            if (!text.StartsWith(sign, StringComparison.Ordinal)) continue;
            operation = candidate;
            length = sign.Length;
            return true;
        }

        operation = Operation.Invalid;
        length = 0;
        return false;
    }

    private static string?[] BuildSigns()
    {
        string?[] signs = new string?[(int)Operation.StoreRelease + 1];
        foreach ((string sign, Operation operation) in s_arithmetic) signs[(int)operation] = sign;
        foreach ((string sign, Operation operation) in s_conditions) signs[(int)operation] = sign;
        return signs;
    }
}
