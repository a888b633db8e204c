// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>
/// Appends operations to a block; folds nothing, passes do. Everything gets the current <see cref="Location"/>. To put code into the
/// middle, set <see cref="Before"/>.
/// </summary>
internal sealed class IrBuilder(IrFunction function)
{
    public IrFunction Function { get; } = function;

    /// <summary>Where operations are appended.</summary>
    public Block Block { get; set; } = function.Entry;

    /// <summary>If set, operations go in front of it instead.</summary>
    public Value? Before { get; set; }

    public SourceLocation? Location { get; set; }

    public bool IsTerminated => Before is null && Block.Terminator is not null;

    public Value Constant(IrType type, long number)
    {
        Value value = New(Op.Constant, type);
        value.Immediate = type == IrType.I32 ? (int)number : number;
        return Place(value);
    }

    public Value I32(int number) => Constant(IrType.I32, number);

    public Value I64(long number) => Constant(IrType.I64, number);

    public Value Null() => Constant(IrType.Pointer, 0);

    public Value Undefined(IrType type) => Place(New(Op.Undefined, type));

    /// <summary>A parameter; call it once for each, in order.</summary>
    public Value Parameter(IrType type, PointerOrigin origin = PointerOrigin.Unknown)
    {
        Value value = Function.NewValue(Op.Parameter, type);
        value.Immediate = Function.Parameters.Count;
        value.Origin = origin;
        Function.Parameters.Add(value);
        return Function.Entry.Insert(Function.Parameters.Count - 1, value);
    }

    /// <summary>Bytes of the frame, wherever the builder stands; not zeroed.</summary>
    public Value StackSlot(int size, int alignment, string name)
    {
        Value value = New(Op.StackSlot, IrType.Pointer);
        (value.Immediate, value.Width, value.Symbol, value.Origin) = (size, (byte)alignment, name, PointerOrigin.Stack);
        return Function.Entry.Insert(Function.Parameters.Count, value);
    }

    public Value Map(MapSymbol map) => Address(Op.MapAddress, map, PointerOrigin.Map);

    public Value Global(GlobalSymbol variable, long offset = 0)
    {
        Value value = Address(Op.GlobalAddress, variable, variable.IsReadOnly ? PointerOrigin.ReadOnlyData : PointerOrigin.Data);
        value.Immediate = offset;
        return value;
    }

    public Value FunctionAddress(IrFunction callback) => Address(Op.FunctionAddress, callback, PointerOrigin.Unknown);

    public Value Extern(ExternSymbol symbol) => Address(Op.ExternAddress, symbol, PointerOrigin.Trusted);

    public Value CoreConstant(IrType type, CoreAccess access)
    {
        Value value = New(Op.CoreConstant, type);
        value.Symbol = access;
        return Place(value);
    }

    public Value CoreField(Value pointer, CoreAccess access)
    {
        Value value = New(Op.CoreField, IrType.Pointer, pointer);
        (value.Symbol, value.Origin) = (access, pointer.Origin);
        return Place(value);
    }

    /// <summary>Arithmetic of two operands of one type.</summary>
    public Value Binary(Op op, Value left, Value right) => Place(New(op, left.Type, left, right));

    public Value Negate(Value value) => Place(New(Op.Negate, value.Type, value));

    public Value Compare(Op op, Value left, Value right) => Place(New(op, IrType.I32, left, right));

    public Value ByteSwap(Value value, int width) => Sized(New(Op.ByteSwap, value.Type, value), width);

    public Value ZeroExtend(Value value, int width, IrType type) => Sized(New(Op.ZeroExtend, type, value), width);

    public Value SignExtend(Value value, int width, IrType type) => Sized(New(Op.SignExtend, type, value), width);

    public Value Truncate(Value value) => Place(New(Op.Truncate, IrType.I32, value));

    public Value Offset(Value pointer, long bytes)
    {
        if (bytes == 0) return pointer;
        Value value = New(Op.PointerOffset, IrType.Pointer, pointer);
        (value.Immediate, value.Origin) = (bytes, pointer.Origin);
        return Place(value);
    }

    public Value PointerAdd(Value pointer, Value bytes)
    {
        Value value = New(Op.PointerAdd, IrType.Pointer, pointer, bytes);
        value.Origin = pointer.Origin;
        return Place(value);
    }

    public Value PointerDifference(Value left, Value right) => Place(New(Op.PointerDifference, IrType.I64, left, right));

    public Value PointerToInteger(Value pointer) => Place(New(Op.PointerToInteger, IrType.I64, pointer));

    public Value IntegerToPointer(Value number) => Place(New(Op.IntegerToPointer, IrType.Pointer, number));

    /// <summary>Reads memory.</summary>
    /// <param name="type">I32 for widths up to 4, I64 for any, Pointer for 8.</param>
    /// <param name="pointer">The address.</param>
    /// <param name="width">1, 2, 4 or 8 bytes.</param>
    /// <param name="offset">Added to the address.</param>
    /// <param name="signed">Extend with the sign.</param>
    public Value Load(IrType type, Value pointer, int width, long offset = 0, bool signed = false)
    {
        Value value = New(Op.Load, type, pointer);
        (value.Immediate, value.IsSigned) = (offset, signed);
        return Sized(value, width);
    }

    public Value Store(Value pointer, Value stored, int width, long offset = 0)
    {
        Value value = New(Op.Store, IrType.Void, pointer, stored);
        value.Immediate = offset;
        return Sized(value, width);
    }

    public Value MemoryCopy(Value to, Value from, long size) => Bytes(New(Op.MemoryCopy, IrType.Void, to, from), size);

    public Value MemorySet(Value to, Value with, long size) => Bytes(New(Op.MemorySet, IrType.Void, to, with), size);

    public Value MemoryEqual(Value left, Value right, long size) => Bytes(New(Op.MemoryEqual, IrType.I32, left, right), size);

    /// <summary>An atomic operation; <paramref name="result"/> is Void where the old value is not wanted.</summary>
    public Value Atomic(AtomicKind kind, IrType result, int width, params ReadOnlySpan<Value> operands)
    {
        Value value = New(Op.Atomic, result, operands);
        value.Symbol = kind;
        return Sized(value, width);
    }

    /// <summary>Calls a <see cref="CallTarget"/> or an <see cref="IrFunction"/>.</summary>
    public Value Call(object target, IrType result, params ReadOnlySpan<Value> arguments)
    {
        Value value = New(Op.Call, result, arguments);
        value.Symbol = target;
        if (target is CallTarget { ResultOrigin: var origin }) value.Origin = origin;
        return Place(value);
    }

    public Value Phi(IrType type, params ReadOnlySpan<Value> operands) => Block.Insert(Block.FirstOrdinary, New(Op.Phi, type, operands));

    public void Jump(Block target) => Terminate(New(Op.Jump, IrType.Void), target);

    public void Branch(Value condition, Block then, Block otherwise) => Terminate(New(Op.Branch, IrType.Void, condition), then, otherwise);

    /// <summary>Goes by value; cases are sign-extended.</summary>
    public void Switch(Value value, Block otherwise, long[] cases, Block[] targets)
    {
        Value terminator = New(Op.Switch, IrType.Void, value);
        terminator.Symbol = cases;
        Terminate(terminator, [otherwise, .. targets]);
    }

    public void Return(Value? value = null) => Terminate(value is null ? New(Op.Return, IrType.Void) : New(Op.Return, IrType.Void, value));

    public void Unreachable() => Terminate(New(Op.Unreachable, IrType.Void));

    private Value Address(Op op, object symbol, PointerOrigin origin)
    {
        Value value = New(op, IrType.Pointer);
        (value.Symbol, value.Origin) = (symbol, origin);
        return Place(value);
    }

    private Value New(Op op, IrType type, params ReadOnlySpan<Value> operands)
    {
        Value value = Function.NewValue(op, type, operands);
        value.Location = Location;
        return value;
    }

    private Value Sized(Value value, int width)
    {
        value.Width = (byte)width;
        return Place(value);
    }

    private Value Bytes(Value value, long size)
    {
        value.Immediate = size;
        return Place(value);
    }

    private Value Place(Value value) => Before is null ? Block.Append(value) : Before.Block!.InsertBefore(Before, value);

    private void Terminate(Value terminator, params ReadOnlySpan<Block> targets)
    {
        terminator.Targets = targets.ToArray();
        Block.Append(terminator);
    }
}
