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
    /// For wide loads the final 64-bit value: number, map handle (address of its MapHeader), address in a map's value. For
    /// callbacks (PseudoSource.Function) the slot of the function's first instruction.
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
}
