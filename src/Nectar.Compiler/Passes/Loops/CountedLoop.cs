// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Loops;

/// <summary>
/// A loop of one or two blocks that counts up by one from a number to a number and tests at its end: what a C# loop over constant bounds is
/// after its first test is decided.
/// </summary>
internal sealed record CountedLoop(Block Before, Block Head, Block Latch, Block Exit, Value Counter, long First, long Turns)
{
    /// <summary>The loop that begins with a block, if it is one.</summary>
    public static CountedLoop? Of(Block head)
    {
        if (head.Predecessors.Count != 2) return null;
        int back = IsLatchOf(head.Predecessors[0], head) ? 0 : IsLatchOf(head.Predecessors[1], head) ? 1 : -1;
        if (back < 0 || head.Predecessors[0] == head.Predecessors[1]) return null;
        Block latch = head.Predecessors[back], before = head.Predecessors[1 - back];
        Value branch = latch.Terminator!;
        if (branch.Op != Op.Branch || !branch[0].Op.IsComparison() || !branch[0][1].IsConstant) return null;
        int goesOn = branch.Targets[0] == head ? 0 : 1;
        Block exit = branch.Targets[1 - goesOn];
        if (exit == head || exit == latch) return null;
        Value? counter = head.FirstOrdinary == 1 ? head.Values[0] : null;
        if (counter is null || !counter[1 - back].IsConstant || counter[back] is not { Op: Op.Add } step || step[0] != counter || !step[1].IsConstantOf(1) || branch[0][0] != step) return null;
        Op test = goesOn == 0 ? branch[0].Op : branch[0].Op.Negated();
        long first = counter[1 - back].Immediate, last = branch[0][1].Immediate;
        if (test is Op.LessOrEqualSigned or Op.LessOrEqualUnsigned) last++;
        else if (test is not (Op.LessSigned or Op.LessUnsigned or Op.NotEqual)) return null;
        return first >= 0 && last > first && last - first <= 4096 ? new CountedLoop(before, head, latch, exit, counter, first, last - first) : null;
    }

    /// <summary>True for values that are made in the loop.</summary>
    public bool Contains(Value value) => value.Block == Head || value.Block == Latch;

    /// <summary>True if nothing outside uses what is made inside.</summary>
    public bool KeepsToItself()
    {
        foreach (Block block in Head == Latch ? [Head] : new[] { Head, Latch })
        {
            foreach (Value value in block.Values)
            {
                foreach (Value user in value.Users)
                {
                    if (!Contains(user)) return false;
                }
            }
        }

        return true;
    }

    /// <summary>
    /// Where a place is in the first turn if it moves on by its own size with each turn; null if it does not. The base does not change in the loop.
    /// </summary>
    public (Value Base, long Offset)? Walks(Value pointer, long offset, long size)
    {
        while (pointer.Op == Op.PointerOffset) (offset, pointer) = (offset + pointer.Immediate, pointer[0]);
        if (pointer.Op != Op.PointerAdd || Contains(pointer[0])) return null;
        Value index = pointer[1];
        int shift = 0;
        if (index.Op == Op.ShiftLeft && index[1].IsConstant) (shift, index) = ((int)index[1].Immediate, index[0]);
        if (index.Op is Op.ZeroExtend or Op.SignExtend && index.Width == 4) index = index[0];
        if (index.Op == Op.ShiftLeft && shift == 0 && index[1].IsConstant) (shift, index) = ((int)index[1].Immediate, index[0]);
        return index == Counter && 1L << shift == size ? (pointer[0], offset + (First << shift)) : null;
    }

    private static bool IsLatchOf(Block latch, Block head) => latch == head || (latch.Predecessors.Count == 1 && latch.Predecessors[0] == head && latch.Terminator?.Op == Op.Branch && latch.FirstOrdinary == 0);
}
