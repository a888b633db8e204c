// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Domain;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Ranges;

/// <summary>
/// Ranges of all integers, and which pointers are not null, in one walk in reverse postorder. Each block adds what the branch into it says to
/// what holds in its immediate dominator. Phis of loops are unknown: the kernel walks loops turn by turn and knows more, never less.
/// </summary>
internal sealed class RangeAnalysis
{
    private readonly ScalarRange[] _base;
    private readonly bool[] _isKnown;
    private readonly bool[] _isRefined;
    private readonly bool[] _isNotNull;
    private readonly Dictionary<Value, ScalarRange>?[] _refinements;
    private readonly Value[]?[] _notNull;
    private readonly Value[]?[] _null;
    private readonly Dominance _dominance;
    private readonly Facts _facts = new();

    public RangeAnalysis(IrFunction function)
    {
        _dominance = function.Dominance;
        _base = GC.AllocateUninitializedArray<ScalarRange>(function.ValueCount); // read where known
        _isKnown = new bool[function.ValueCount];
        _isRefined = new bool[function.ValueCount];
        _isNotNull = new bool[function.ValueCount];
        _refinements = new Dictionary<Value, ScalarRange>?[function.BlockCount];
        _notNull = new Value[]?[function.BlockCount];
        _null = new Value[]?[function.BlockCount];
        foreach (Block block in _dominance.ReversePostorder) Visit(block);
    }

    /// <summary>Blocks in the order of the walk.</summary>
    public List<Block> Order => _dominance.ReversePostorder;

    /// <summary>What an integer can be in a block.</summary>
    public ScalarRange Range(Value value, Block block)
    {
        if (!_isKnown[value.Id]) return RangeTransfer.Any(value.Type);
        if (!_isRefined[value.Id]) return _base[value.Id];
        for (Block? at = block; at is not null; at = _dominance.ImmediateDominator(at))
        {
            if (_refinements[at.Id]?.TryGetValue(value, out ScalarRange range) == true) return range;
        }

        return _base[value.Id];
    }

    /// <summary>True if a pointer cannot be null in a block.</summary>
    public bool IsNotNull(Value pointer, Block block)
    {
        if (_isNotNull[pointer.Id]) return true;
        for (Block? at = block; at is not null; at = _dominance.ImmediateDominator(at))
        {
            if (_notNull[at.Id] is { } some && Array.IndexOf(some, pointer) >= 0) return true;
        }

        return false;
    }

    /// <summary>True if a pointer is null in a block.</summary>
    public bool IsNull(Value pointer, Block block)
    {
        if (pointer.IsConstantOf(0)) return true;
        for (Block? at = block; at is not null; at = _dominance.ImmediateDominator(at))
        {
            if (_null[at.Id] is { } some && Array.IndexOf(some, pointer) >= 0) return true;
        }

        return false;
    }

    /// <summary>Whether a comparison is decided in a block: 1, 0, or null.</summary>
    public int? Decide(Value comparison, Block block)
    {
        (Value left, Value right) = (comparison[0], comparison[1]);
        if (left.Type == IrType.Pointer)
        {
            if (comparison.Op is not (Op.Equal or Op.NotEqual)) return null;
            Value? other = right.IsConstantOf(0) ? left : left.IsConstantOf(0) ? right : null;
            if (other is null) return null;
            if (IsNotNull(other, block)) return comparison.Op == Op.NotEqual ? 1 : 0;
            return IsNull(other, block) ? comparison.Op == Op.Equal ? 1 : 0 : null;
        }

        BranchOutcome outcome = ScalarBranches.Decide(RangeTransfer.Jump(comparison.Op), Range(left, block), Range(right, block), left.Type == IrType.I32);
        return outcome == BranchOutcome.Unknown ? null : (int)outcome;
    }

    private void Visit(Block block)
    {
        Enter(block);
        Func<Value, ScalarRange> here = operand => Range(operand, block);
        foreach (Value value in block.Values)
        {
            if (value.Type == IrType.Pointer) _isNotNull[value.Id] = IsNeverNull(value, block);
            if (value.Type is not (IrType.I32 or IrType.I64)) continue;
            _base[value.Id] = value.Op == Op.Phi ? OfPhi(value) : RangeTransfer.Apply(value, here);
            _isKnown[value.Id] = true;
        }
    }

    private bool IsNeverNull(Value value, Block block) => value.Op switch
    {
        Op.StackSlot or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress => true,
        Op.PointerOffset or Op.PointerAdd => value.Origin is PointerOrigin.Stack or PointerOrigin.Packet || IsNotNull(value[0], block),
        Op.Load => value.Origin is PointerOrigin.Packet or PointerOrigin.PacketEnd,
        Op.Parameter => value.Origin == PointerOrigin.Context,
        _ => false,
    };

    private ScalarRange OfPhi(Value phi)
    {
        ScalarRange? joined = null;
        Block block = phi.Block!;
        for (int i = 0; i < phi.Operands.Count; i++)
        {
            Block from = block.Predecessors[i];
            if (!_dominance.IsReachable(from)) continue;
            if (_dominance.OrderOf(from) >= _dominance.OrderOf(block)) return RangeTransfer.Any(phi.Type); // a loop
            ScalarRange range = OnEdge(phi[i], from, block);
            if (joined is { } before) before.Join(range);
            else before = range;
            joined = before;
        }

        return joined ?? RangeTransfer.Any(phi.Type);
    }

    private ScalarRange OnEdge(Value value, Block from, Block to)
    {
        if (from.Terminator is not { Op: Op.Branch } branch || branch.Targets[0] == branch.Targets[1]) return Range(value, from);
        _facts.Clear();
        Learn(branch[0], branch.Targets[0] == to, from);
        return _facts.Ranges.TryGetValue(value, out ScalarRange range) ? range : Range(value, from);
    }

    /// <summary>What the only way into a block says.</summary>
    private void Enter(Block block)
    {
        if (block.Predecessors.Count != 1 || block.Predecessors[0].Terminator is not { Op: Op.Branch } branch || branch.Targets[0] == branch.Targets[1]) return;
        _facts.Clear();
        Learn(branch[0], branch.Targets[0] == block, block.Predecessors[0]);
        foreach (Value value in _facts.Ranges.Keys) _isRefined[value.Id] = true;
        if (_facts.Ranges.Count > 0) _refinements[block.Id] = new Dictionary<Value, ScalarRange>(_facts.Ranges);
        if (_facts.NotNull.Count > 0) _notNull[block.Id] = [.. _facts.NotNull];
        if (_facts.Null.Count > 0) _null[block.Id] = [.. _facts.Null];
    }

    /// <summary>Notes in the facts what a condition says that was true, or was not, at the end of a block.</summary>
    private void Learn(Value condition, bool isTaken, Block block)
    {
        if (!condition.Op.IsComparison())
        {
            if (condition.Type == IrType.Pointer) (isTaken ? _facts.NotNull : _facts.Null).Add(condition);
            if (!isTaken && condition.Type != IrType.Pointer) _facts.Ranges[condition] = ScalarRange.Const(0);
            return;
        }

        (Value left, Value right) = (condition[0], condition[1]);
        if (left.Type == IrType.Pointer)
        {
            if (condition.Op is not (Op.Equal or Op.NotEqual)) return;
            List<Value> learnt = (condition.Op == Op.NotEqual) == isTaken ? _facts.NotNull : _facts.Null;
            if (right.IsConstantOf(0)) learnt.Add(left);
            if (left.IsConstantOf(0)) learnt.Add(right);
            return;
        }

        ScalarRange a = Range(left, block), b = Range(right, block);
        if (!ScalarBranches.Refine(RangeTransfer.Jump(condition.Op), isTaken, ref a, ref b, left.Type == IrType.I32)) return;
        Set(left, a, block);
        Set(right, b, block);
    }

    /// <summary>A fact about a number holds for what it was extended from as well.</summary>
    private void Set(Value value, ScalarRange range, Block block)
    {
        while (!value.IsConstant)
        {
            _facts.Ranges[value] = range;
            bool isSame = value.Op is Op.ZeroExtend && value.Width == 4 && value[0].Type == IrType.I32
                || value.Op is Op.ZeroExtend or Op.Truncate && Range(value[0], block).UMax <= (value.Op == Op.Truncate || value.Width == 4 ? uint.MaxValue : (1UL << (value.Width * 8)) - 1);
            if (!isSame) return;
            value = value[0];
        }
    }

    /// <summary>What one branch says: used for one after another.</summary>
    private sealed class Facts
    {
        public Dictionary<Value, ScalarRange> Ranges { get; } = [];

        public List<Value> NotNull { get; } = [];

        public List<Value> Null { get; } = [];

        public void Clear()
        {
            Ranges.Clear();
            NotNull.Clear();
            Null.Clear();
        }
    }
}
