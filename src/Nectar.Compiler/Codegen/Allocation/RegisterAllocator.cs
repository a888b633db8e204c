// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Machine;

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>
/// Iterated register coalescing (George and Appel, "Iterated Register Coalescing"): registers that always fit are taken off the graph,
/// copies between them are joined where that cannot make the graph harder to colour, and what does not fit is a candidate for the frame.
/// One instance is one round; the driver puts into the frame what a round gives up and starts again.
/// </summary>
internal sealed class RegisterAllocator
{
    private enum NodeState : byte { Unused, Machine, Simplify, Freeze, Spill, Selected, Coalesced, Colored, Spilled }

    private enum MoveState : byte { Waiting, Active, Coalesced, Constrained, Frozen }

    private readonly InterferenceGraph _graph;
    private readonly NodeState[] _states;
    private readonly MoveState[] _moves;
    private readonly int[] _alias;
    private readonly int[] _colors;
    private readonly bool[] _unspillable;
    private readonly Stack<int> _simplify = new();
    private readonly Stack<int> _freeze = new();
    private readonly PriorityQueue<int, (float Cost, int Number)> _spill = new(); // by what it costs, then by age; costs may be out of date, see SelectSpill
    private int _spillNumber;
    private readonly Stack<int> _waiting = new();
    private readonly Stack<int> _selected = new();
    private readonly List<int> _spilled = [];

    private RegisterAllocator(MachineFunction function, InterferenceGraph graph, bool[] unspillable)
    {
        _graph = graph;
        _unspillable = unspillable;
        int count = function.RegisterCount;
        (_states, _alias, _colors) = (new NodeState[count], new int[count], new int[count]);
        _moves = new MoveState[graph.Copies.Count];
        for (int i = 0; i < count; i++) _alias[i] = i;
        for (int i = 0; i < MachineFacts.FirstVirtual; i++) (_states[i], _colors[i]) = (NodeState.Machine, i);
    }

    /// <summary>Gives each virtual register a machine register.</summary>
    /// <param name="function">The code.</param>
    /// <param name="graph">Its interferences; used up.</param>
    /// <param name="unspillable">Registers that live from one instruction to the next: giving those up gains nothing.</param>
    /// <param name="colors">The machine register of each register.</param>
    /// <returns>Registers that go to the frame first, each with those that were joined to it; empty on success.</returns>
    public static List<List<int>> Run(MachineFunction function, InterferenceGraph graph, bool[] unspillable, out int[] colors)
    {
        RegisterAllocator allocator = new(function, graph, unspillable);
        allocator.Allocate(function);
        colors = allocator._colors;
        return allocator.Groups();
    }

    private void Allocate(MachineFunction function)
    {
        for (int i = _graph.Copies.Count - 1; i >= 0; i--) _waiting.Push(i);
        for (int i = MachineFacts.FirstVirtual; i < function.RegisterCount; i++)
        {
            if (_graph.Appears[i]) Enlist(i);
        }

        while (true)
        {
            if (Take(_simplify, NodeState.Simplify) is >= 0 and int simple) Simplify(simple);
            else if (_waiting.TryPop(out int move)) Coalesce(move);
            else if (Take(_freeze, NodeState.Freeze) is >= 0 and int frozen) Freeze(frozen);
            else if (!SelectSpill()) break;
        }

        AssignColors();
    }

    private List<List<int>> Groups()
    {
        if (_spilled.Count == 0) return [];
        Dictionary<int, List<int>> groups = [];
        foreach (int node in _spilled) groups.Add(node, [node]);
        for (int i = MachineFacts.FirstVirtual; i < _alias.Length; i++)
        {
            if (_states[i] == NodeState.Coalesced && groups.TryGetValue(Root(i), out List<int>? group)) group.Add(i);
        }

        return [.. groups.Values];
    }

    private int Take(Stack<int> list, NodeState state)
    {
        while (list.TryPop(out int node))
        {
            if (_states[node] == state) return node;
        }

        return -1;
    }

    private void Enlist(int node)
    {
        if (_graph.Degree[node] >= MachineFacts.Colors)
        {
            _states[node] = NodeState.Spill;
            Offer(node, _spillNumber++);
        }
        else if (IsMoveRelated(node))
        {
            _states[node] = NodeState.Freeze;
            _freeze.Push(node);
        }
        else
        {
            _states[node] = NodeState.Simplify;
            _simplify.Push(node);
        }
    }

    private bool IsMoveRelated(int node)
    {
        if (_graph.Moves[node] is not { } moves) return false;
        foreach (int move in moves)
        {
            if (_moves[move] is MoveState.Waiting or MoveState.Active) return true;
        }

        return false;
    }

    private bool IsInGraph(int node) => _states[node] is not (NodeState.Selected or NodeState.Coalesced);

    private void Simplify(int node)
    {
        _states[node] = NodeState.Selected;
        _selected.Push(node);
        foreach (int other in _graph.Neighbours[node] ?? [])
        {
            if (IsInGraph(other)) DecrementDegree(other);
        }
    }

    private void DecrementDegree(int node)
    {
        if (_states[node] == NodeState.Machine) return;
        if (_graph.Degree[node]-- != MachineFacts.Colors) return;
        EnableMoves(node);
        foreach (int other in _graph.Neighbours[node] ?? [])
        {
            if (IsInGraph(other)) EnableMoves(other);
        }

        if (_states[node] == NodeState.Spill) Enlist(node);
    }

    private void EnableMoves(int node)
    {
        foreach (int move in _graph.Moves[node] ?? [])
        {
            if (_moves[move] != MoveState.Active) continue;
            _moves[move] = MoveState.Waiting;
            _waiting.Push(move);
        }
    }

    private void Coalesce(int move)
    {
        if (_moves[move] != MoveState.Waiting) return;
        MachineInstruction copy = _graph.Copies[move];
        (int u, int v) = (Root(copy.Destination), Root(copy.Source));
        if (_states[v] == NodeState.Machine) (u, v) = (v, u);
        if (u == v)
        {
            _moves[move] = MoveState.Coalesced;
            AddToWorklist(u);
        }
        else if (_states[v] == NodeState.Machine || _graph.Interferes(u, v))
        {
            _moves[move] = MoveState.Constrained;
            AddToWorklist(u);
            AddToWorklist(v);
        }
        else if (_states[u] == NodeState.Machine ? IsSafeForMachine(u, v) : IsConservative(u, v))
        {
            _moves[move] = MoveState.Coalesced;
            Combine(u, v);
            AddToWorklist(u);
        }
        else
        {
            _moves[move] = MoveState.Active;
        }
    }

    private void AddToWorklist(int node)
    {
        if (_states[node] != NodeState.Freeze || IsMoveRelated(node) || _graph.Degree[node] >= MachineFacts.Colors) return;
        _states[node] = NodeState.Simplify;
        _simplify.Push(node);
    }

    /// <summary>George's test: whatever v meets is easy or meets u anyway.</summary>
    private bool IsSafeForMachine(int u, int v)
    {
        foreach (int other in _graph.Neighbours[v] ?? [])
        {
            if (IsInGraph(other) && _graph.Degree[other] >= MachineFacts.Colors && _states[other] != NodeState.Machine && !_graph.Interferes(other, u)) return false;
        }

        return true;
    }

    /// <summary>Briggs' test (fewer hard neighbours than colours), and George's for what it misses.</summary>
    private bool IsConservative(int u, int v)
    {
        int hard = 0;
        foreach (int other in _graph.Neighbours[u] ?? [])
        {
            if (IsInGraph(other) && _graph.Degree[other] - (_graph.Interferes(other, v) ? 1 : 0) >= MachineFacts.Colors && ++hard == MachineFacts.Colors) break;
        }

        foreach (int other in hard < MachineFacts.Colors ? _graph.Neighbours[v] ?? [] : [])
        {
            if (IsInGraph(other) && _graph.Degree[other] >= MachineFacts.Colors && !_graph.Interferes(other, u) && ++hard == MachineFacts.Colors) break;
        }

        return hard < MachineFacts.Colors || IsSafe(u, v) || IsSafe(v, u);
    }

    private bool IsSafe(int u, int v)
    {
        foreach (int other in _graph.Neighbours[v] ?? [])
        {
            if (IsInGraph(other) && _graph.Degree[other] >= MachineFacts.Colors && !_graph.Interferes(other, u)) return false;
        }

        return true;
    }

    private void Combine(int u, int v)
    {
        _states[v] = NodeState.Coalesced;
        _alias[v] = u;
        if (_graph.Moves[v] is { } moves) (_graph.Moves[u] ??= []).AddRange(moves);
        _graph.Cost[u] += _graph.Cost[v];
        _unspillable[u] &= _unspillable[v];
        EnableMoves(v);
        foreach (int other in _graph.Neighbours[v] ?? [])
        {
            if (!IsInGraph(other)) continue;
            _graph.AddEdge(other, u);
            DecrementDegree(other);
        }

        if (_states[u] == NodeState.Spill) Offer(u, _spillNumber++);
        if (_states[u] != NodeState.Freeze || _graph.Degree[u] < MachineFacts.Colors) return;
        _states[u] = NodeState.Spill;
        Offer(u, _spillNumber++);
    }

    private int Root(int node)
    {
        while (_states[node] == NodeState.Coalesced) node = _alias[node];
        return node;
    }

    private void Freeze(int node)
    {
        _states[node] = NodeState.Simplify;
        _simplify.Push(node);
        FreezeMoves(node);
    }

    private void FreezeMoves(int node)
    {
        foreach (int move in _graph.Moves[node] ?? [])
        {
            if (_moves[move] is not (MoveState.Active or MoveState.Waiting)) continue;
            MachineInstruction copy = _graph.Copies[move];
            int other = Root(copy.Source) == Root(node) ? Root(copy.Destination) : Root(copy.Source);
            _moves[move] = MoveState.Frozen;
            AddToWorklist(other);
        }
    }

    private void Offer(int node, int number) => _spill.Enqueue(node, (SpillCost(node), number));

    private float SpillCost(int node) => _unspillable[node] ? float.MaxValue / 2 : _graph.Cost[node] / _graph.Degree[node];

    /// <summary>Takes the candidate of least cost. As others leave the graph degrees fall and costs rise, so that one that comes first with an old cost is put back; joining, after which a cost may be less, offers anew.</summary>
    private bool SelectSpill()
    {
        while (_spill.TryDequeue(out int node, out (float Cost, int Number) offer))
        {
            if (_states[node] != NodeState.Spill) continue;
            if (SpillCost(node) > offer.Cost)
            {
                Offer(node, offer.Number);
                continue;
            }

            _states[node] = NodeState.Simplify;
            _simplify.Push(node);
            FreezeMoves(node);
            return true;
        }

        return false;
    }

    private void AssignColors()
    {
        while (_selected.TryPop(out int node))
        {
            int taken = 0;
            foreach (int other in _graph.Neighbours[node] ?? [])
            {
                int root = Root(other);
                if (_states[root] is NodeState.Colored or NodeState.Machine) taken |= 1 << _colors[root];
            }

            int free = ~taken & ((1 << MachineFacts.Colors) - 1);
            if (free == 0)
            {
                _states[node] = NodeState.Spilled;
                _spilled.Add(node);
                continue;
            }

            _colors[node] = Prefer(node, free);
            _states[node] = NodeState.Colored;
        }

        for (int i = MachineFacts.FirstVirtual; i < _alias.Length; i++)
        {
            if (_states[i] == NodeState.Coalesced) _colors[i] = _colors[Root(i)];
        }
    }

    /// <summary>A register that a copy's other side has; else one of those that calls destroy, from the last argument down.</summary>
    private int Prefer(int node, int free)
    {
        foreach (int move in _graph.Moves[node] ?? [])
        {
            MachineInstruction copy = _graph.Copies[move];
            int other = Root(copy.Source) == node ? Root(copy.Destination) : Root(copy.Source);
            if (_states[other] is NodeState.Colored or NodeState.Machine && _colors[other] < MachineFacts.Colors && (free >> _colors[other] & 1) != 0) return _colors[other];
        }

        foreach (int color in (ReadOnlySpan<int>)[1, 2, 3, 4, 5, 0, 6, 7, 8, 9])
        {
            if ((free >> color & 1) != 0) return color;
        }

        throw new InvalidOperationException("no free register");
    }
}
