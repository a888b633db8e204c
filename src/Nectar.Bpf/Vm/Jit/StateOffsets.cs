// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>Where machine code finds the fields of <see cref="VmState"/>; a test compares these numbers with the structure.</summary>
internal static class StateOffsets
{
    internal const int Fuel = 0, Fault = 8, FaultInstruction = 12, FaultAddress = 16, FaultSize = 24, HelperId = 28, Scratch = 32;
    internal const int PacketStart = 40, PacketEnd = 48, PacketMeta = 56, StackLow = 64, StackTop = 72, Context = 80, ContextSize = 88;
    internal const int TailCalls = 96, CallDepth = 100, Cpu = 112, CurrentInstruction = 116, ExitStackPointer = 128, Program = 136, Saved = 144;

    /// <summary>Offset of a region slot.</summary>
    internal static int RegionSlot(int index) => VmState.SlotsOffset + (index * Vm.RegionSlot.Size);

    /// <summary>Offset of a slot's limit for accesses of 1 &lt;&lt; <paramref name="log"/> bytes.</summary>
    internal static int RegionLimit(int index, int log) => RegionSlot(index) + 8 + (8 * log);
}
