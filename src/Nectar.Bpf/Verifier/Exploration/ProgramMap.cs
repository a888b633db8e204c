// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>What a slot means to the walk.</summary>
[Flags]
internal enum SlotMarks : byte
{
    None = 0,

    /// <summary>States are compared here.</summary>
    PrunePoint = 1,

    /// <summary>A checkpoint is made here each time.</summary>
    ForcedCheckpoint = 2,

    /// <summary>A helper or kernel function that calls back before it returns.</summary>
    CallsBack = 4,

    /// <summary>The next step of an iterator.</summary>
    IteratorNext = 8,

    /// <summary>may_goto.</summary>
    MayGoto = 16,

    /// <summary>A jump leads back to it.</summary>
    LoopHead = 32,
}

/// <summary>The shape of a program: rows of the opcode table, functions, and where the walk compares states. Made once for each verification.</summary>
internal sealed class ProgramMap
{
    internal required Instruction[] Code { get; init; }

    /// <summary>The table row by slot; null for the second slot of a wide load.</summary>
    internal required OpcodeInfo?[] Rows { get; init; }

    internal required SlotMarks[] Marks { get; init; }

    /// <summary>What is wrong with single instructions, by slot; null if nothing is.</summary>
    internal required Violation?[]? Flaws { get; init; }

    /// <summary>First slots of subprograms, ascending, the entry first; behind them the number of slots.</summary>
    internal required int[] Starts { get; init; }

    /// <summary>The subprogram of each slot.</summary>
    internal required byte[] SubprogramOf { get; init; }

    /// <summary>True by subprogram if it is verified on its own.</summary>
    internal required bool[] IsGlobal { get; init; }

    /// <summary>True by subprogram if it, or one that it calls, makes a tail call, legacy packet load, or may change the packet.</summary>
    internal required bool[] HasTailCall { get; init; }

    internal required bool[] HasPacketLoad { get; init; }

    internal required bool[] ChangesPacket { get; init; }

    internal required bool[] MaySleep { get; init; }

    /// <summary>Deepest stack access by subprogram in bytes, found while walking.</summary>
    internal required int[] StackDepths { get; init; }

    /// <summary>The index in the function list of the input, by subprogram; -1 where it has none.</summary>
    internal required int[] Functions { get; init; }

    /// <summary>The registers that matter before each slot, a bit each.</summary>
    internal required ushort[] LiveRegisters { get; init; }

    /// <summary>The subprogram that handles exceptions; -1 for none.</summary>
    internal required int ExceptionCallback { get; init; }

    internal int SubprogramCount => Starts.Length - 1;

    internal int End(int subprogram) => Starts[subprogram + 1];

    /// <summary>The subprogram that starts at a slot; -1 if none does.</summary>
    internal int SubprogramAt(int slot)
    {
        int index = Array.BinarySearch(Starts, 0, Starts.Length - 1, slot);
        return index < 0 ? -1 : index;
    }

    /// <summary>The slot after an instruction.</summary>
    internal int Next(int slot) => slot + (Rows[slot]!.Form == OperandForm.Wide ? 2 : 1);

    /// <summary>Where a jump goes when it is taken.</summary>
    internal int Target(int slot)
    {
        Instruction instruction = Code[slot];
        return slot + 1 + (Rows[slot]!.Form == OperandForm.JumpLong ? instruction.Immediate : instruction.Offset);
    }
}
