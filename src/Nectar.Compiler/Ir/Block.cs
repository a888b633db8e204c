// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Compiler.Ir;

/// <summary>A straight run of operations that ends in one terminator; phis come first.</summary>
internal sealed class Block
{
    private ItemList<Value> _values = new(0);
    private ItemList<Block> _predecessors = new(0);

    internal Block(IrFunction function, int id)
    {
        Function = function;
        Id = id;
    }

    public IrFunction Function { get; }

    public int Id { get; }

    /// <summary>Operations in order. Do not change it while enumerating; <c>Values.ToArray()</c> where a pass does.</summary>
    public Items<Value> Values => _values.Items;

    /// <summary>Where control comes from; a block that comes by two edges is there twice. Operands of phis have this order.</summary>
    public Items<Block> Predecessors => _predecessors.Items;

    public Value? Terminator => _values.Count > 0 && _values[_values.Count - 1] is { IsTerminator: true } last ? last : null;

    public Items<Block> Successors
    {
        get
        {
            Block[] targets = Terminator?.Targets ?? [];
            return new Items<Block>(targets, targets.Length);
        }
    }

    public Items<Value> Phis => _values.First(FirstOrdinary);

    public int IndexOf(Value value) => _values.IndexOf(value);

    /// <summary>Adds at the end; a terminator makes the edges to its targets.</summary>
    public Value Append(Value value)
    {
        if (Terminator is not null) throw new InvalidOperationException($"block {Id} has its terminator already");
        return Insert(_values.Count, value);
    }

    public Value Insert(int index, Value value)
    {
        value.Block = this;
        _values.Insert(index, value);
        if (value.IsTerminator)
        {
            foreach (Block target in value.Targets) target._predecessors.Add(this);
            Function.GraphChanged();
        }

        return value;
    }

    public Value InsertBefore(Value place, Value value) => Insert(IndexOf(place), value);

    /// <summary>The index behind the last phi.</summary>
    public int FirstOrdinary
    {
        get
        {
            int index = 0;
            while (index < _values.Count && _values[index].Op == Op.Phi) index++;
            return index;
        }
    }

    /// <summary>Moves everything from an index on to the end of another block, terminator and edges included.</summary>
    public void MoveTail(int index, Block to)
    {
        Value[] tail = _values.Span[index..].ToArray();
        _values.Truncate(index);
        to._values.AddRange(tail);
        Function.GraphChanged();
        foreach (Value value in tail)
        {
            value.Block = to;
            if (!value.IsTerminator) continue;
            foreach (Block target in value.Targets)
            {
                int at = target._predecessors.IndexOf(this);
                target._predecessors[at] = to;
            }
        }
    }

    /// <summary>Lets edge number <paramref name="target"/> go elsewhere. Phis of the old target lose an operand; those of the new one must get theirs by the caller (appended last).</summary>
    public void Retarget(int target, Block to)
    {
        Value terminator = Terminator!;
        Block old = terminator.Targets[target];
        if (ReferenceEquals(old, to)) return;
        old.RemoveEdgeFrom(this);
        terminator.Targets[target] = to;
        to._predecessors.Add(this);
        Function.GraphChanged();
    }

    /// <summary>Replaces the terminator by a jump to one of its targets; other edges go, their phis too.</summary>
    public void ReduceToJump(int target)
    {
        Value terminator = Terminator!;
        for (int i = 0; i < terminator.Targets.Length; i++)
        {
            if (i != target) terminator.Targets[i].RemoveEdgeFrom(this);
        }

        Block kept = terminator.Targets[target];
        terminator.Become(Op.Jump, IrType.Void);
        terminator.Targets = [kept];
        Function.GraphChanged();
    }

    /// <summary>Takes the terminator away with its edges; the block needs a new one.</summary>
    public void RemoveTerminator()
    {
        Value terminator = Terminator!;
        foreach (Block target in terminator.Targets) target.RemoveEdgeFrom(this);
        terminator.Targets = [];
        terminator.ClearOperands();
        _values.Truncate(_values.Count - 1);
        Function.GraphChanged();
        terminator.Block = null;
    }

    /// <summary>Gives the edges that come in another order, for a reader of text; before there are phis, or with phis in the new order.</summary>
    internal void OrderPredecessors(Block[] order)
    {
        if (order.Length != _predecessors.Count || order.Any(block => order.Count(other => other == block) != Predecessors.Count(other => other == block)))
        {
            throw new FormatException($"{this} comes from {string.Join(", ", (IEnumerable<Block>)Predecessors)}, not from {string.Join(", ", (object[])order)}");
        }

        _predecessors.Truncate(0);
        _predecessors.AddRange(order);
    }

    internal void Detach(Value value)
    {
        if (value.IsTerminator)
        {
            RemoveTerminator();
            return;
        }

        _values.RemoveAt(_values.IndexOf(value));
        value.Block = null;
    }

    /// <summary>Drops many at once; they must have no users outside of the set.</summary>
    internal void RemoveAll(Predicate<Value> which)
    {
        int kept = 0;
        foreach (Value value in _values.Span)
        {
            if (!which(value))
            {
                _values[kept++] = value;
                continue;
            }

            value.ClearOperands();
            value.Block = null;
        }

        _values.Truncate(kept);
    }

    /// <summary>Gives the block its operations anew, for passes that put in and take out many. The terminator stays; operations that are left out must have no users and let go of their operands.</summary>
    internal void Reset(List<Value> values)
    {
        foreach (Value value in _values.Span) value.Block = null;
        _values.Truncate(0);
        _values.AddRange(CollectionsMarshal.AsSpan(values));
        foreach (Value value in values) value.Block = this;
    }

    /// <summary>One edge from a block is gone: so is its operand in every phi.</summary>
    internal void RemoveEdgeFrom(Block predecessor)
    {
        int index = _predecessors.IndexOf(predecessor);
        _predecessors.RemoveAt(index);
        foreach (Value phi in Phis) phi.RemoveOperand(index);
    }

    public override string ToString() => $"b{Id}";
}
