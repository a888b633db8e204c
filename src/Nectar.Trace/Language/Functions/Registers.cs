// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Functions;

/// <summary>What <c>reg</c> knows on x86-64: the members of <c>struct pt_regs</c>, 8 bytes each (arch/x86/include/asm/ptrace.h).</summary>
internal static class Registers
{
    private static readonly string[] s_names = ["r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di", "orig_ax", "ip", "cs", "flags", "sp", "ss"];

    public static IReadOnlyList<string> Names => s_names;

    public static bool IsKnown(string name) => OffsetOf(name) >= 0;

    /// <summary>Bytes from the start of the structure; −1 where there is no such register. <c>pc</c> is what all machines call <c>ip</c>.</summary>
    public static int OffsetOf(string name) => Array.IndexOf(s_names, name == "pc" ? "ip" : name) is var place and >= 0 ? place * sizeof(ulong) : -1;
}
