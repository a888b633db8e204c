// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers;

namespace Nectar.Trace.Language.Functions;

/// <summary>What <c>reg</c> knows on x86-64: bytes from the start of <c>struct pt_regs</c> (arch/x86/include/asm/ptrace.h).</summary>
internal static class Registers
{
    private static readonly string[] s_names = ["r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di", "orig_ax", "ip", "cs", "flags", "sp", "ss"];

    internal static readonly SearchValues<char> SymbolCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-");

    public static IEnumerable<string> Names => s_names;

    public static bool IsKnown(string name) => OffsetOf(name) >= 0;

    /// <summary>−1 where there is no such register; <c>pc</c> is what all machines call it.</summary>
    public static int OffsetOf(string name) => Array.IndexOf(s_names, name == "pc" ? "ip" : name) * 8 is var offset and >= 0 ? offset : -1;
}
