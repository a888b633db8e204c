// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Finishing;

/// <summary>
/// The order of blocks in memory: chains in which each block is followed by one it goes to, the often used ways first, so that few jumps
/// are needed. A loop that is tested at its top is turned so that the test ends it.
/// </summary>
internal sealed class BlockOrder
{
    /// <summary>Slots from one interruption to the next.</summary>
    private const int PieceSize = JumpReach.Reach / 4;

    private readonly MachineFunction _function;
    private readonly MachineDominance _dominance;
    private readonly MachineBlock?[] _following;
    private readonly MachineBlock?[] _preceding;

    private BlockOrder(MachineFunction function)
    {
        function.LinkPredecessors();
        (_function, _dominance) = (function, new MachineDominance(function));
        _following = new MachineBlock?[function.BlockCount];
        _preceding = new MachineBlock?[function.BlockCount];
    }

    /// <summary>All reachable blocks, the entry first.</summary>
    public static List<MachineBlock> Choose(MachineFunction function)
    {
        BlockOrder order = new(function);
        order.Chain();
        order.Improve();
        return order.Concatenate();
    }

    private void Chain()
    {
        List<(float Weight, int Number, MachineBlock From, MachineBlock To)> edges = [];
        foreach (MachineBlock block in _dominance.Order)
        {
            for (int i = 0; i < block.SuccessorCount; i++) edges.Add((WeightOf(block, block.Successor(i)), edges.Count, block, block.Successor(i)));
        }

        edges.Sort((a, b) => a.Weight != b.Weight ? b.Weight.CompareTo(a.Weight) : a.Number.CompareTo(b.Number));
        foreach ((_, _, MachineBlock from, MachineBlock to) in edges)
        {
            if (_following[from.Id] is null) TryFollow(from, to);
        }
    }

    private float WeightOf(MachineBlock from, MachineBlock to)
    {
        float weight = MathF.Pow(8, Math.Min(Math.Min(from.LoopDepth, to.LoopDepth), 8));
        if (from.SuccessorCount == 1) weight *= 1.5f; // the only chance of this block
        bool isBack = _dominance.OrderOf(to) <= _dominance.OrderOf(from);
        if (isBack && to.SuccessorCount == 2 && (to.Next!.LoopDepth < to.LoopDepth || to.Taken!.LoopDepth < to.LoopDepth)) weight *= 2;
        return weight / (1 + (0.01f * Math.Min(to.Predecessors.Count, 20))) * (to.SuccessorCount == 0 ? 0.9f : 1);
    }

    private bool TryFollow(MachineBlock from, MachineBlock to)
    {
        if (_preceding[to.Id] is not null || to == _function.Blocks[0]) return false;
        for (MachineBlock? at = to; at is not null; at = _following[at.Id])
        {
            if (at == from) return false; // a ring
        }

        (_following[from.Id], _preceding[to.Id]) = (to, from);
        return true;
    }

    /// <summary>A block that nothing follows takes the follower of one that has another choice.</summary>
    private void Improve()
    {
        foreach (MachineBlock block in _dominance.Order)
        {
            if (_following[block.Id] is not null || block.SuccessorCount == 0) continue;
            for (int i = 0; i < block.SuccessorCount && _following[block.Id] is null; i++)
            {
                MachineBlock wanted = block.Successor(i);
                if (_preceding[wanted.Id] is not { } rival || rival.SuccessorCount < 2) continue;
                MachineBlock other = rival.Next == wanted ? rival.Taken! : rival.Next!;
                if (_preceding[other.Id] is not null) continue;
                (_following[rival.Id], _preceding[wanted.Id]) = (null, null);
                if (TryFollow(rival, other) && TryFollow(block, wanted)) break;
                if (_following[rival.Id] == other) (_following[rival.Id], _preceding[other.Id]) = (null, null);
                (_following[rival.Id], _preceding[wanted.Id]) = (wanted, rival);
            }
        }
    }

    private List<MachineBlock> Concatenate()
    {
        List<MachineBlock> order = new(_dominance.Order.Count);
        if (_dominance.Order.Sum(SizeOf) > JumpReach.Reach) return ConcatenateInPieces(order);
        foreach (MachineBlock block in _dominance.Order)
        {
            if (_preceding[block.Id] is not null) continue; // inside a chain
            for (MachineBlock? at = block; at is not null; at = _following[at.Id]) order.Add(at);
        }

        return order;
    }

    /// <summary>
    /// Of functions that jumps do not reach across: a chain is interrupted now and then by the short ones that its blocks go to, so that these
    /// are near, at the cost of a jump over them. Behind the end of all they would need islands on the way there and back, each one its own.
    /// </summary>
    private List<MachineBlock> ConcatenateInPieces(List<MachineBlock> order)
    {
        bool[] isPlaced = new bool[_function.BlockCount];
        Queue<MachineBlock> waiting = [];
        int sinceOthers = 0;
        foreach (MachineBlock block in _dominance.Order)
        {
            if (_preceding[block.Id] is not null || isPlaced[block.Id]) continue;
            for (MachineBlock? at = block; at is not null; at = _following[at.Id])
            {
                Place(at);
                if (sinceOthers < PieceSize) continue;
                sinceOthers = 0;
                while (waiting.TryDequeue(out MachineBlock? head))
                {
                    if (isPlaced[head.Id] || IsLong(head)) continue;
                    for (MachineBlock? other = head; other is not null; other = _following[other.Id]) Place(other);
                }

                sinceOthers = 0;
            }
        }

        return order;

        void Place(MachineBlock block)
        {
            order.Add(block);
            isPlaced[block.Id] = true;
            sinceOthers += SizeOf(block);
            for (int i = 0; i < block.SuccessorCount; i++)
            {
                MachineBlock next = block.Successor(i);
                if (_preceding[next.Id] is null && !isPlaced[next.Id]) waiting.Enqueue(next);
            }
        }

        bool IsLong(MachineBlock head)
        {
            int size = 0;
            for (MachineBlock? at = head; at is not null && size <= PieceSize; at = _following[at.Id]) size += SizeOf(at);
            return size > PieceSize;
        }
    }

    /// <summary>Slots that a block takes at most, about.</summary>
    private static int SizeOf(MachineBlock block) => (block.Instructions.Count * 5 / 4) + 2;
}
