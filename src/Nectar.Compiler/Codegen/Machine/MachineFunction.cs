// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Machine;

/// <summary>A function on its way from operations to slots.</summary>
internal sealed class MachineFunction(IrFunction source, CompilationTarget target)
{
    private int _nextBlock;

    public IrFunction Source { get; } = source;

    public CompilationTarget Target { get; } = target;

    /// <summary>The entry first.</summary>
    public List<MachineBlock> Blocks { get; } = [];

    public List<FrameSlot> Slots { get; } = [];

    /// <summary>More than any register's number.</summary>
    public int RegisterCount { get; private set; } = MachineFacts.FirstVirtual;

    /// <summary>More than any block's number.</summary>
    public int BlockCount => _nextBlock;

    public int NewRegister() => RegisterCount++;

    public MachineBlock NewBlock()
    {
        MachineBlock block = new(_nextBlock++);
        Blocks.Add(block);
        return block;
    }

    public FrameSlot NewSlot(string name, int size, int alignment)
    {
        FrameSlot slot = new(name, size, alignment);
        Slots.Add(slot);
        return slot;
    }

    /// <summary>A place for a register's value.</summary>
    public FrameSlot NewSavedSlot()
    {
        FrameSlot slot = new("(saved register)", 8, 8) { IsSaved = true };
        Slots.Add(slot);
        return slot;
    }

    /// <summary>Drops blocks that nothing reaches and finds all predecessors anew.</summary>
    public void LinkPredecessors()
    {
        bool[] seen = new bool[_nextBlock];
        Stack<MachineBlock> open = new([Blocks[0]]);
        seen[Blocks[0].Id] = true;
        foreach (MachineBlock block in Blocks) block.Predecessors.Clear();
        while (open.TryPop(out MachineBlock? block))
        {
            for (int i = 0; i < block.SuccessorCount; i++)
            {
                MachineBlock successor = block.Successor(i);
                successor.Predecessors.Add(block);
                if (seen[successor.Id]) continue;
                seen[successor.Id] = true;
                open.Push(successor);
            }
        }

        Blocks.RemoveAll(block => !seen[block.Id]);
    }

    public override string ToString() => MachineText.Format(this);
}
