// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Simplification;

namespace Nectar.Compiler.Passes;

/// <summary>
/// Replaces operations by simpler ones: numbers are folded, algebra is used, extensions that change nothing go, comparisons of comparisons become
/// one, byte swaps move onto constants, constant offsets move outward into accesses. The rules stand in the folder Simplification.
/// </summary>
internal sealed class Simplify
{
    private readonly IrFunction _function;
    private readonly Queue<Value> _waiting = new();
    private readonly Dictionary<(IrType, long), Value> _constants = [];
    private bool[] _isWaiting;
    private bool _changed;

    private Simplify(IrFunction function, PassContext context)
    {
        (_function, Context) = (function, context);
        _isWaiting = new bool[function.ValueCount + 64];
    }

    public PassContext Context { get; }

    /// <summary>The value in whose place new ones are put.</summary>
    private Value _at = null!;

    public static bool Run(IrFunction function, PassContext context) => new Simplify(function, context).Run();

    private bool Run()
    {
        int count = 0;
        List<Block> order = _function.Dominance.ReversePostorder;
        foreach (Block block in order) count += block.Values.Count;
        _waiting.EnsureCapacity(count + 16);
        foreach (Block block in order)
        {
            foreach (Value value in block.Values) Push(value);
        }

        while (_waiting.TryDequeue(out Value? value))
        {
            _isWaiting[value.Id] = false;
            if (value.Block is null) continue;
            _at = value;
            Value? other = OverPhi(value) ?? Apply(value);
            if (other is null) continue;
            _changed = true;
            if (other == value)
            {
                Push(value);
                PushUsers(value);
                continue;
            }

            PushUsers(value);
            if (other.Type == IrType.Pointer && other.Origin == PointerOrigin.Unknown && other.Op is not (Op.Constant or Op.Phi)) other.Origin = value.Origin;
            value.ReplaceUsesWith(other);
            foreach (Value operand in value.Operands) Push(operand);
            value.Remove();
        }

        return _changed;
    }

    /// <summary>A simpler value, the value itself if it was changed in place, or null.</summary>
    private Value? Apply(Value value)
    {
        if (value.Op.IsPure() && value.Users.Count == 0 && value.Op != Op.Parameter) return null;
        return value.Op switch
        {
            >= Op.Add and <= Op.ShiftRightSigned => Arithmetic.Apply(value, this),
            >= Op.Negate and <= Op.Truncate => Extensions.Apply(value, this),
            >= Op.Equal and <= Op.GreaterOrEqualSigned => Comparisons.Apply(value, this),
            >= Op.PointerOffset and <= Op.Atomic => Addresses.Apply(value, this),
            Op.Phi => CfgCleanup.OnlyOperand(value),
            Op.Branch => Branches.Apply(value, this),
            _ => null,
        };
    }

    /// <summary>An operation with numbers only, of a phi of numbers: the phi takes the results. Truth values that are tested later show as such.</summary>
    private Value? OverPhi(Value value)
    {
        if (value.Operands.Count is not (1 or 2) || value.Op is Op.Phi || !value.Op.IsPure() || value[0] is not { Op: Op.Phi } phi || phi.Type == IrType.Pointer) return null;
        if (value.Operands.Count == 2 && !value[1].IsConstant) return null;
        if (phi.Users.Count > 1 && !value.Op.IsComparison()) return null;
        foreach (Value operand in phi.Operands)
        {
            if (!operand.IsConstant) return null;
        }

        long?[] results = new long?[phi.Operands.Count];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = value.Operands.Count == 2 ? ConstantFolding.Fold(value.Op, phi.Type, phi[i].Immediate, value[1].Immediate) : Folding.Unary(value.Op, value.Type, value.Width, phi[i].Immediate);
            if (results[i] is null) return null;
        }

        Value[] constants = new Value[results.Length];
        for (int i = 0; i < results.Length; i++) constants[i] = Constant(value.Type, results[i]!.Value);
        Value other = _function.NewValue(Op.Phi, value.Type, constants);
        other.Location = value.Location;
        return phi.Block!.Insert(0, other);
    }

    public Value Constant(IrType type, long number)
    {
        if (type == IrType.I32) number = (int)number;
        if (_constants.TryGetValue((type, number), out Value? known) && known.Block is not null) return known;
        Value value = _function.Constant(type, number);
        _constants[(type, number)] = value;
        return value;
    }

    public Value New(Op op, IrType type, params ReadOnlySpan<Value> operands) => New(op, type, 0, operands);

    public Value New(Op op, IrType type, int width, params ReadOnlySpan<Value> operands)
    {
        Value value = _function.NewValue(op, type, operands);
        (value.Location, value.Width) = (_at.Location, (byte)width);
        if (type == IrType.Pointer && operands.Length > 0) value.Origin = operands[0].Origin;
        Block block = _at.Block!;
        block.Insert(_at.Op == Op.Phi ? block.FirstOrdinary : block.IndexOf(_at), value);
        Push(value);
        return value;
    }

    public Value Compare(Op op, Value a, Value b) => New(op, IrType.I32, a, b);

    /// <summary>Looks at a value (again).</summary>
    public void Push(Value value)
    {
        if (value.Id >= _isWaiting.Length) Array.Resize(ref _isWaiting, Math.Max(value.Id + 64, _isWaiting.Length * 2));
        if (_isWaiting[value.Id]) return;
        _isWaiting[value.Id] = true;
        _waiting.Enqueue(value);
    }

    private void PushUsers(Value value)
    {
        foreach (Value user in value.Users) Push(user);
    }
}
