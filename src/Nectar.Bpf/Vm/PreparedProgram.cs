// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>
/// A program ready to run on interpreter or JIT: structure checked (every jump lands on an instruction, every register and
/// opcode exists, no path falls off the end), everything symbolic resolved. Arrays are parallel to the slots.
/// </summary>
internal sealed class PreparedProgram
{
    /// <summary>What it came from; source lines are found here.</summary>
    internal required LinkedProgram Linked { get; init; }

    /// <summary>The code.</summary>
    internal required Instruction[] Instructions { get; init; }

    /// <summary>The table row of each slot; null for the second slot of a wide load.</summary>
    internal required OpcodeInfo?[] Rows { get; init; }

    /// <summary>What is known about the memory access of each slot.</summary>
    internal required AccessKind[] Access { get; init; }

    /// <summary>
    /// Where accesses of known kind go: for <see cref="AccessKind.Stack"/> relative to the current r10 (-512 to -1), for
    /// <see cref="AccessKind.Context"/> relative to <see cref="VmState.Context"/>. Engines must use these instead of the register:
    /// what was proved of the register holds only for programs that do not overwrite their own spilled pointers by other means.
    /// </summary>
    internal required int[] AccessOffset { get; init; }

    /// <summary>
    /// For wide loads the final 64-bit value: number, map handle (address of its MapHeader), address in a map's value; for
    /// callbacks (PseudoSource.Function) a function handle (<see cref="VmSupport.FunctionHandle"/>). For helper and kfunc calls the number in
    /// <see cref="HelperTable"/>, for local calls the slot that is called.
    /// </summary>
    internal required ulong[] Constants { get; init; }

    /// <summary>Maps that calls use for certain: per call slot the map in r1 if every path agrees on it; else null.</summary>
    internal required VmMap?[] CallMaps { get; init; }

    /// <summary>First slots of functions, ascending; the entry is 0.</summary>
    internal required int[] FunctionStarts { get; init; }

    /// <summary>True at slots that a jump or call can reach, and at starts of functions.</summary>
    internal required bool[] IsLeader { get; init; }

    /// <summary>True if the code or a helper that it calls can write to the packet: then the runner gives it a copy.</summary>
    internal required bool WritesPacket { get; init; }

    /// <summary>True if the program was verified: a context is met only where <see cref="Access"/> says so.</summary>
    internal bool IsVerified { get; init; }

    /// <summary>
    /// True for a verified program that ends after a million instructions at most, because the verifier followed each of its steps; what
    /// helpers call back is counted there. Iterators and may_goto end, too, but only after millions of rounds.
    /// </summary>
    internal bool EndsSoon { get; init; }

    /// <summary>True if an access has to be looked up when it happens, so that region slots must be forgotten between runs.</summary>
    internal required bool UsesRegionSlots { get; init; }

    /// <summary>The form of the context.</summary>
    internal required ContextLayout Context { get; init; }

    /// <summary>Slots of the function that starts at a slot: the fuel that entering it costs.</summary>
    internal int FunctionCost(int start)
    {
        int index = Array.BinarySearch(FunctionStarts, start);
        int end = index + 1 < FunctionStarts.Length ? FunctionStarts[index + 1] : Instructions.Length;
        return end - start;
    }
}
