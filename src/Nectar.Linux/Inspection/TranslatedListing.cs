// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Symbols.Kernel;

namespace Nectar.Linux.Inspection;

/// <summary>A line of a listing: an instruction, with what stands above it.</summary>
/// <param name="Slot">Its slot.</param>
/// <param name="Slots">1, or 2 for wide loads.</param>
/// <param name="Text">The instruction as the kernel spells it.</param>
/// <param name="Prototype">The declaration of the function that begins here; null if none does.</param>
/// <param name="Line">The source line that begins here; null if none does.</param>
public sealed record TranslatedLine(int Slot, int Slots, string Text, string? Prototype, LineInfo? Line);

/// <summary>
/// A loaded program's instructions as text: calls by the names of the functions that they reach, maps by id, functions and source lines
/// where they begin. The spelling is that of <c>bpftool prog dump xlated</c>.
/// </summary>
public static class TranslatedListing
{
    private const short PerCpuAddress = -1; // BPF_ADDR_PERCPU in the offset of a move
    private static readonly DisassemblerOptions s_options = new() { Style = DisassemblyStyle.Bpftool };

    /// <summary>All lines of a program.</summary>
    public static IEnumerable<TranslatedLine> Lines(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        // Kernel functions are called by their distance from this one.
        ulong callBase = code.Translated.Any(i => IsCall(i) && (PseudoSource)i.Source != PseudoSource.MapFd) ? KernelSymbols.Shared.FindFunction("__bpf_call_base").Address : 0;
        int function = 0, line = 0;
        for (int slot = 0; slot < code.Translated.Length;)
        {
            string? prototype = null;
            LineInfo? source = null;
            for (; function < code.Functions.Length && code.Functions[function].Slot <= slot; function++) prototype = code.Functions[function].Prototype;
            for (; line < code.Lines.Length && code.Lines[line].Instruction <= slot; line++) source = code.Lines[line];
            int slots = code.Translated[slot].IsWide && slot + 1 < code.Translated.Length ? 2 : 1;
            yield return new TranslatedLine(slot, slots, Text(code, slot, callBase), prototype, source);
            slot += slots;
        }
    }

    private static bool IsCall(Instruction i) => i.Opcode == 0x85;

    private static string Text(ProgramCode code, int slot, ulong callBase)
    {
        Instruction i = code.Translated[slot];
        if (i.Opcode == 0xbf && i.Offset == PerCpuAddress) return string.Create(CultureInfo.InvariantCulture, $"(bf) r{i.Destination} = &(void __percpu *)(r{i.Source})");
        if (!IsCall(i)) return Disassembler.Format(code.Translated, slot, s_options);
        const int LocalCall = 1; // BPF_PSEUDO_CALL
        if (i.Source == LocalCall)
        {
            ulong target = (uint)i.Immediate < (uint)code.JitedAddresses.Length ? code.JitedAddresses[i.Immediate] : 0;
            string? name = target == 0 ? null : NameAt(target) ?? code.Jited.FirstOrDefault(f => f.Address == target)?.Name;
            return code.JitedAddresses.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"(85) call pc{i.Immediate:+0;-0}")
                : string.Create(CultureInfo.InvariantCulture, $"(85) call pc{i.Offset:+0;-0}#{name ?? $"0x{target:x}"}");
        }

        if (i.Source == 0 && i.Immediate > 0 && HelperNames.NameOf(i.Immediate) is not null) return Disassembler.Format(code.Translated, slot, s_options);
        ulong address = callBase == 0 ? 0 : callBase + (ulong)(long)i.Immediate;
        string? function = address == 0 ? null : NameAt(address);
        return string.Create(CultureInfo.InvariantCulture, $"(85) call {function ?? (address == 0 ? "unknown" : $"0x{address:x}")}#{i.Immediate}");
    }

    private static string? NameAt(ulong address) => KernelSymbols.Shared.TryFind(address, out KernelSymbol symbol, out ulong offset) && offset == 0 ? symbol.Name : null;
}
