// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>
/// An operation and its result. One sealed class for all: what differs is data (<see cref="Op"/> says which fields count). Users are kept
/// up to date by the setters, an operand used twice counts twice.
/// </summary>
internal sealed class Value
{
    private ItemList<Value> _operands;
    private ItemList<Value> _users = new(0);

    internal Value(int id, Op op, IrType type, ReadOnlySpan<Value> operands)
    {
        Id = id;
        Op = op;
        Type = type;
        _operands = new ItemList<Value>(operands.Length);
        foreach (Value operand in operands) AddOperand(operand);
    }

    /// <summary>Unique in the function.</summary>
    public int Id { get; }

    public Op Op { get; private set; }

    public IrType Type { get; private set; }

    /// <summary>The block that holds it; null while it is in none.</summary>
    public Block? Block { get; internal set; }

    public SourceLocation? Location { get; set; }

    /// <summary>Number, offset or size, as <see cref="Op"/> says.</summary>
    public long Immediate { get; set; }

    /// <summary>Bytes: of a memory access, an extension, an alignment.</summary>
    public byte Width { get; set; }

    /// <summary>A load that extends with the sign.</summary>
    public bool IsSigned { get; set; }

    /// <summary>Must happen as written: neither joined with another nor dropped (volatile).</summary>
    public bool IsVolatile { get; set; }

    /// <summary>Map, variable, function, access, kind of atomic, cases: as <see cref="Op"/> says.</summary>
    public object? Symbol { get; set; }

    /// <summary>For pointers: what they point to.</summary>
    public PointerOrigin Origin { get; set; }

    /// <summary>Where a terminator goes. Change it with <see cref="Block"/>'s methods, which keep predecessors and phis right.</summary>
    public Block[] Targets { get; internal set; } = [];

    public Items<Value> Operands => _operands.Items;

    /// <summary>Who uses the result; once for each use.</summary>
    public Items<Value> Users => _users.Items;

    public Value this[int index]
    {
        get => _operands[index];
        set
        {
            _operands[index].DropUser(this);
            _operands[index] = value;
            value._users.Add(this);
        }
    }

    public bool IsConstant => Op == Op.Constant;

    public bool IsTerminator => Op.IsTerminator();

    public bool IsConstantOf(long number) => Op == Op.Constant && Immediate == number;

    public void AddOperand(Value operand)
    {
        _operands.Add(operand);
        operand._users.Add(this);
    }

    public void RemoveOperand(int index)
    {
        _operands[index].DropUser(this);
        _operands.RemoveAt(index);
    }

    public void ClearOperands()
    {
        foreach (Value operand in _operands.Span) operand.DropUser(this);
        _operands.Truncate(0);
    }

    /// <summary>Lets all users use another value.</summary>
    public void ReplaceUsesWith(Value other)
    {
        if (ReferenceEquals(this, other)) return;
        foreach (Value user in _users.Span)
        {
            for (int i = 0; i < user._operands.Count; i++)
            {
                if (!ReferenceEquals(user._operands[i], this)) continue;
                user._operands[i] = other;
                other._users.Add(user);
                break; // one entry of the list is one use
            }
        }

        _users.Truncate(0);
    }

    /// <summary>Turns it into another operation in place; users stay. Fields beside operands are reset.</summary>
    public void Become(Op op, IrType type, params ReadOnlySpan<Value> operands)
    {
        Value[] kept = operands.ToArray();
        ClearOperands();
        (Op, Type, Immediate, Width, IsSigned, IsVolatile, Symbol) = (op, type, 0, 0, false, false, null);
        foreach (Value operand in kept) AddOperand(operand);
    }

    public void BecomeConstant(long number)
    {
        Become(Op.Constant, Type);
        Immediate = Type == IrType.I32 ? (int)number : number;
    }

    /// <summary>Takes it out of its block and lets go of its operands. It must have no users.</summary>
    public void Remove()
    {
        ClearOperands();
        Block?.Detach(this);
    }

    /// <summary>One use is gone. Searched from the end, where the latest are, and filled from there: passes that take code away go backwards.</summary>
    private void DropUser(Value user)
    {
        int index = _users.LastIndexOf(user);
        int last = _users.Count - 1;
        _users[index] = _users[last];
        _users.Truncate(last);
    }

    public override string ToString() => IrPrinter.Print(this);
}
