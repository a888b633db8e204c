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
        foreach (MachineBlock block in _dominance.Order)
        {
            if (_preceding[block.Id] is not null) continue; // inside a chain
            for (MachineBlock? at = block; at is not null; at = _following[at.Id]) order.Add(at);
        }

        return order;
    }
}
