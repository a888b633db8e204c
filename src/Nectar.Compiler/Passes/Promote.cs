// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes;

/// <summary>
/// Stack slots that are only read and written as a whole become values: phis where ways meet and the variable is live (pruned SSA by
/// dominance frontiers). A variable keeps the value as it was stored; reading extends it, as a load would.
/// </summary>
internal sealed class Promote
{
    private readonly IrFunction _function;
    private readonly List<Value> _slots = [];
    private readonly int[] _variableOf;
    private readonly Value?[] _undefined = new Value?[4];
    private IrType[] _types = [];
    private Dominance _dominance = null!;
    private List<(int Variable, Value Phi)>?[] _phis = [];
    private readonly Dictionary<Value, Value?[]> _phiOperands = [];

    private Promote(IrFunction function)
    {
        _function = function;
        _variableOf = new int[function.ValueCount];
    }

    public static bool Run(IrFunction function, PassContext context)
    {
        bool any = false;
        // A slot whose address was kept in another slot shows that it can be promoted when that one is.
        while (new Promote(function).RunOnce()) any = true;
        return any;
    }

    private bool RunOnce()
    {
        foreach (Value value in _function.Entry.Values)
        {
            if (value.Op != Op.StackSlot || !IsWhole(value)) continue;
            _slots.Add(value);
            _variableOf[value.Id] = _slots.Count;
        }

        if (_slots.Count == 0) return false;
        _types = _slots.Select(TypeOf).ToArray();
        _dominance = _function.Dominance;
        _phis = new List<(int, Value)>?[_function.BlockCount];
        PlacePhis();
        Rename();
        foreach ((Value phi, Value?[] operands) in _phiOperands)
        {
            foreach (Value? operand in operands) phi.AddOperand(operand ?? Undefined(phi.Type));
        }

        return true;
    }

    private static bool IsWhole(Value slot)
    {
        int width = 0;
        foreach (Value user in slot.Users)
        {
            if (user.IsVolatile || user.Immediate != 0 || user.Op is not (Op.Load or Op.Store)) return false;
            if (user.Op == Op.Store && user[1] == slot) return false;
            if (width != 0 && user.Width != width) return false;
            width = user.Width;
        }

        return width <= slot.Immediate;
    }

    private static IrType TypeOf(Value slot)
    {
        IrType type = slot.Users.Count > 0 && slot.Users[0].Width == 8 ? IrType.I64 : IrType.I32;
        if (type == IrType.I32) return type;
        bool isPointer = false;
        foreach (Value user in slot.Users) isPointer |= (user.Op == Op.Load ? user.Type : user[1].Type) == IrType.Pointer;
        return isPointer ? IrType.Pointer : type;
    }

    private int Variable(Value access) => access.Op is Op.Load or Op.Store && access[0].Id < _variableOf.Length ? _variableOf[access[0].Id] - 1 : -1;

    private void PlacePhis()
    {
        int count = _slots.Count;
        List<Block>[] defined = new List<Block>[count], exposed = new List<Block>[count];
        for (int i = 0; i < count; i++) (defined[i], exposed[i]) = ([], []);
        foreach (Block block in _dominance.ReversePostorder)
        {
            foreach (Value value in block.Values)
            {
                int variable = Variable(value);
                if (variable < 0) continue;
                List<Block> definitions = defined[variable];
                bool isDefinedHere = definitions.Count > 0 && definitions[^1] == block;
                if (value.Op == Op.Store)
                {
                    if (!isDefinedHere) definitions.Add(block);
                }
                else if (!isDefinedHere && (exposed[variable].Count == 0 || exposed[variable][^1] != block))
                {
                    exposed[variable].Add(block);
                }
            }
        }

        List<Block>[]? frontiers = null;
        int[] liveFor = new int[_function.BlockCount], definedFor = new int[_function.BlockCount], phiFor = new int[_function.BlockCount];
        Stack<Block> waiting = new();
        for (int variable = 0; variable < count; variable++)
        {
            if (exposed[variable].Count == 0 || defined[variable].Count == 0) continue;
            int mark = variable + 1;
            foreach (Block block in defined[variable]) definedFor[block.Id] = mark;
            foreach (Block block in exposed[variable])
            {
                liveFor[block.Id] = mark;
                waiting.Push(block);
            }

            while (waiting.TryPop(out Block? block))
            {
                foreach (Block predecessor in block.Predecessors)
                {
                    if (definedFor[predecessor.Id] == mark || liveFor[predecessor.Id] == mark) continue;
                    liveFor[predecessor.Id] = mark;
                    waiting.Push(predecessor);
                }
            }

            frontiers ??= Frontiers();
            foreach (Block block in defined[variable]) waiting.Push(block);
            while (waiting.TryPop(out Block? block))
            {
                foreach (Block place in frontiers[block.Id])
                {
                    if (liveFor[place.Id] != mark || phiFor[place.Id] == mark) continue;
                    phiFor[place.Id] = mark;
                    Value phi = _function.NewValue(Op.Phi, _types[variable]);
                    place.Insert(0, phi);
                    (_phis[place.Id] ??= []).Add((variable, phi));
                    _phiOperands.Add(phi, new Value?[place.Predecessors.Count]);
                    if (definedFor[place.Id] != mark) waiting.Push(place);
                }
            }
        }
    }

    private List<Block>[] Frontiers()
    {
        List<Block>[] frontiers = new List<Block>[_function.BlockCount];
        for (int i = 0; i < frontiers.Length; i++) frontiers[i] = [];
        foreach (Block block in _dominance.ReversePostorder)
        {
            if (block.Predecessors.Count < 2) continue;
            Block? until = _dominance.ImmediateDominator(block);
            foreach (Block predecessor in block.Predecessors)
            {
                if (!_dominance.IsReachable(predecessor)) continue;
                for (Block? at = predecessor; at is not null && at != until; at = _dominance.ImmediateDominator(at))
                {
                    List<Block> frontier = frontiers[at.Id];
                    if (frontier.Count > 0 && frontier[^1] == block) continue;
                    frontier.Add(block);
                }
            }
        }

        return frontiers;
    }

    private void Rename()
    {
        Value?[] current = new Value?[_slots.Count];
        Stack<(int Variable, Value? Before)> undo = new();
        Stack<(Block? Block, int UndoTo)> waiting = new();
        waiting.Push((_function.Entry, 0));
        while (waiting.TryPop(out (Block? Block, int UndoTo) item))
        {
            if (item.Block is null)
            {
                while (undo.Count > item.UndoTo)
                {
                    (int variable, Value? before) = undo.Pop();
                    current[variable] = before;
                }

                continue;
            }

            waiting.Push((null, undo.Count));
            RenameBlock(item.Block, current, undo);
            foreach (Block child in _dominance.Children(item.Block)) waiting.Push((child, 0));
        }
    }

    private void RenameBlock(Block block, Value?[] current, Stack<(int Variable, Value? Before)> undo)
    {
        foreach ((int variable, Value phi) in _phis[block.Id] ?? []) Set(variable, phi);
        bool isTouched = false;
        foreach (Value value in block.Values)
        {
            isTouched |= Variable(value) >= 0 || value.Op == Op.StackSlot;
            if (isTouched) break;
        }

        if (isTouched)
        {
            List<Value> values = new(block.Values.Count);
            foreach (Value value in block.Values)
            {
                if (value.Op == Op.StackSlot && value.Id < _variableOf.Length && _variableOf[value.Id] > 0) continue;
                int variable = Variable(value);
                if (variable < 0)
                {
                    values.Add(value);
                    continue;
                }

                if (value.Op == Op.Store)
                {
                    Set(variable, Convert(value[1], _types[variable], value.Location, values));
                }
                else
                {
                    Value read = current[variable] ?? Undefined(_types[variable], values);
                    value.ReplaceUsesWith(Read(value, read, values));
                }

                value.ClearOperands();
            }

            block.Reset(values);
        }

        foreach (Block target in block.Successors)
        {
            if (_phis[target.Id] is not { } phis) continue;
            for (int i = 0; i < target.Predecessors.Count; i++)
            {
                if (target.Predecessors[i] != block) continue;
                foreach ((int variable, Value phi) in phis) _phiOperands[phi][i] = current[variable];
            }
        }

        void Set(int variable, Value value)
        {
            undo.Push((variable, current[variable]));
            current[variable] = value;
        }
    }

    /// <summary>What a load gives where the variable has a value.</summary>
    private Value Read(Value load, Value value, List<Value> into)
    {
        if (load.Width >= 8) return Convert(value, load.Type, load.Location, into);
        if (load.Width == 4 && load.Type == IrType.I32) return value;
        Value extended = New(load.IsSigned ? Op.SignExtend : Op.ZeroExtend, load.Type, load.Location, into, value);
        extended.Width = load.Width;
        return extended;
    }

    private Value Convert(Value value, IrType type, SourceLocation? location, List<Value> into)
    {
        if (value.Type == type) return value;
        switch (type)
        {
            case IrType.I32:
                if (value.Type == IrType.Pointer) value = New(Op.PointerToInteger, IrType.I64, location, into, value);
                return New(Op.Truncate, IrType.I32, location, into, value);
            case IrType.I64 when value.Type == IrType.Pointer:
                return New(Op.PointerToInteger, IrType.I64, location, into, value);
            case IrType.I64:
                Value extended = New(Op.ZeroExtend, IrType.I64, location, into, value);
                extended.Width = 4;
                return extended;
            default:
                if (value.Op == Op.PointerToInteger) return value[0];
                if (value.Type == IrType.I32) value = Convert(value, IrType.I64, location, into);
                if (value.Op != Op.Constant) return New(Op.IntegerToPointer, IrType.Pointer, location, into, value);
                Value constant = New(Op.Constant, IrType.Pointer, location, into);
                constant.Immediate = value.Immediate;
                return constant;
        }
    }

    private Value New(Op op, IrType type, SourceLocation? location, List<Value> into, params ReadOnlySpan<Value> operands)
    {
        Value value = _function.NewValue(op, type, operands);
        value.Location = location;
        into.Add(value);
        return value;
    }

    /// <summary>Something undefined that is there everywhere: in the entry block, which may be under construction.</summary>
    private Value Undefined(IrType type, List<Value>? into = null)
    {
        if (_undefined[(int)type] is { } known) return known;
        Value value = _function.NewValue(Op.Undefined, type);
        if (into is not null) into.Add(value); // the first block that needs it need not dominate others, so it is not kept
        else
        {
            _function.Entry.Insert(_function.Parameters.Count, value);
            _undefined[(int)type] = value;
        }

        return value;
    }
}
