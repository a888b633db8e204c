// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Dap;

/// <summary>
/// Addresses of instructions, for editors that want numbers: programs lie one behind the other, far from all memory of this process, and
/// an instruction is where its eight bytes would be.
/// </summary>
internal static class CodeAddress
{
    private const ulong Base = 0xb9f0_0000_0000_0000, Stride = 1UL << 32;

    internal static string Format(DebugSession session, DebugProgram program, int slot)
    {
        int index = 0;
        while (session.Programs[index] != program) index++;
        return Text(Base + ((ulong)index * Stride) + ((ulong)slot * 8));
    }

    internal static string Text(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x16}");

    /// <summary>The number behind a reference that this adapter gave out.</summary>
    internal static ulong? Parse(string? reference) => reference is not null && reference.StartsWith("0x", StringComparison.Ordinal) && ulong.TryParse(reference.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address) ? address : null;

    /// <summary>The program and slot of an address; the slot may lie outside the program.</summary>
    internal static (DebugProgram Program, int Slot)? Find(DebugSession session, ulong address)
    {
        if (address < Base - Stride) return null;
        // a little before the first instruction still means the first program
        ulong index = address < Base ? 0 : (address - Base) / Stride;
        if (index > (ulong)session.Programs.Count - 1) return null;
        return (session.Programs[(int)index], (int)((long)(address - Base - (index * Stride)) / 8));
    }
}
