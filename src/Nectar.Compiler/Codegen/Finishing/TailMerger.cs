// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>
/// Blocks that end alike and go on to the same place share their end: the handlers of a <c>using</c> that were put at each exit, the same result
/// returned from many places.
/// </summary>
internal static class TailMerger
{
    public static void Run(MachineFunction function)
    {
        Dictionary<int, List<MachineBlock>> groups = [];
        foreach (MachineBlock block in function.Blocks)
        {
            if (block.SuccessorCount == 2 || block.Instructions.Count == 0) continue;
            int key = block.Next?.Id ?? -1;
            if (!groups.TryGetValue(key, out List<MachineBlock>? group)) groups.Add(key, group = []);
            group.Add(block);
        }

        Queue<List<MachineBlock>> open = new(groups.Values.Where(group => group.Count > 1));
        while (open.TryDequeue(out List<MachineBlock>? group)) Merge(function, group, open);
    }

    /// <summary>Splits a group by last instructions; each part with more than one member gets a block for what its members share.</summary>
    private static void Merge(MachineFunction function, List<MachineBlock> group, Queue<List<MachineBlock>> open)
    {
        foreach (List<MachineBlock> alike in Alike(group, 0))
        {
            int shared = 1;
            while (alike.TrueForAll(block => block.Instructions.Count > shared) && Alike(alike, shared) is [var all] && all.Count == alike.Count) shared++;
            bool isExit = alike[0].Next is null;
            if (isExit && shared == 1) // the jump to it would cost as much; but some may share more
            {
                foreach (List<MachineBlock> part in Alike([.. alike.Where(block => block.Instructions.Count > 1)], 1)) Share(function, part, open);
                continue;
            }

            Share(function, alike, shared, open);
        }
    }

    private static void Share(MachineFunction function, List<MachineBlock> alike, Queue<List<MachineBlock>> open)
    {
        int shared = 2;
        while (alike.TrueForAll(block => block.Instructions.Count > shared) && Alike(alike, shared) is [var all] && all.Count == alike.Count) shared++;
        Share(function, alike, shared, open);
    }

    private static void Share(MachineFunction function, List<MachineBlock> alike, int shared, Queue<List<MachineBlock>> open)
    {
        MachineBlock? tail = alike.Find(block => block.Instructions.Count == shared && block != function.Blocks[0]);
        if (tail is null)
        {
            tail = function.NewBlock();
            tail.Instructions.AddRange(alike[0].Instructions.TakeLast(shared));
            tail.Next = alike[0].Next;
        }

        List<MachineBlock> rest = [];
        foreach (MachineBlock block in alike)
        {
            if (block == tail) continue;
            block.Instructions.RemoveRange(block.Instructions.Count - shared, shared);
            block.Next = tail;
            if (block.Instructions.Count > 0) rest.Add(block);
        }

        if (rest.Count > 1) open.Enqueue(rest);
    }

    /// <summary>Parts of a group that have the same instruction at a distance from their ends; only those of two and more.</summary>
    private static List<List<MachineBlock>> Alike(List<MachineBlock> group, int fromEnd)
    {
        Dictionary<(object, object, object), List<MachineBlock>> parts = [];
        foreach (MachineBlock block in group)
        {
            if (block.Instructions.Count <= fromEnd) continue;
            var key = KeyOf(block.Instructions[block.Instructions.Count - 1 - fromEnd]);
            if (!parts.TryGetValue(key, out List<MachineBlock>? part)) parts.Add(key, part = []);
            part.Add(block);
        }

        return [.. parts.Values.Where(part => part.Count > 1)];
    }

    private static (object, object, object) KeyOf(MachineInstruction code) =>
        ((code.Operation, code.Width, code.Destination, code.Source), (code.Offset, code.Immediate, code.Slot, code.Arguments), (code.Symbol, code.Access));
}
