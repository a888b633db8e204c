// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Codegen.Machine;

/// <summary>
/// A straight run of instructions. It ends in an <c>exit</c> (no successors), or goes to <see cref="Next"/>, or, if <see cref="Condition"/>
/// holds, to <see cref="Taken"/>. Which of the two follows in memory is decided by the layout.
/// </summary>
internal sealed class MachineBlock(int id)
{
    public int Id { get; } = id;

    public List<MachineInstruction> Instructions { get; set; } = [];

    /// <summary>A conditional jump to <see cref="Taken"/>.</summary>
    public MachineInstruction? Condition { get; set; }

    public MachineBlock? Taken { get; set; }

    public MachineBlock? Next { get; set; }

    /// <summary>Filled by <see cref="MachineFunction.LinkPredecessors"/>.</summary>
    public List<MachineBlock> Predecessors { get; } = [];

    /// <summary>How deep it is in loops.</summary>
    public int LoopDepth { get; set; }

    public int SuccessorCount => Next is null ? 0 : Taken is null ? 1 : 2;

    public MachineBlock Successor(int index) => index == 0 ? Next! : Taken!;

    /// <summary>Lets edges that go to one block go to another.</summary>
    public void Retarget(MachineBlock from, MachineBlock to)
    {
        if (Next == from) Next = to;
        if (Taken == from) Taken = to;
        if (Taken != Next) return;
        (Condition, Taken) = (null, null); // both ways lead to the same place
    }

    public override string ToString() => $"L{Id}";
}
