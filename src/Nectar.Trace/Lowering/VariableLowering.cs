// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering;

/// <summary>
/// Scratch variables. Each has memory: 8 bytes of the frame for scalars, which the compiler makes a register where it can; strings, tuples and
/// structs as <see cref="MemoryLowering.Allocate"/> says. A callback reaches those of its surroundings through pointers in its context.
/// </summary>
internal sealed class VariableLowering(ProbeLowering probe)
{
    private static readonly object s_context = new();

    /// <summary>Large variables: where in the scratch bytes.</summary>
    private readonly Dictionary<object, int> _scratch = new(ReferenceEqualityComparer.Instance);

    /// <summary>Loop variables over maps: key and value stay where the kernel has them.</summary>
    private readonly Dictionary<VariableSymbol, Place[]> _pairs = [];

    /// <summary>Bytes that all functions of the program find by the place itself.</summary>
    private sealed record Place(TraceType Type)
    {
        public bool Equals(Place? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }

    private IrBuilder Builder => probe.Builder;

    /// <summary>Gives a variable memory, if it has none yet, and zeroes it.</summary>
    public void Declare(VariableSymbol symbol)
    {
        _pairs.Remove(symbol);
        if (!IsKnown(symbol))
        {
            if (symbol.Type.IsScalar) probe.Frame.Addresses[symbol] = Builder.StackSlot(8, 8, symbol.Name);
            else if (symbol.Type.Size <= 64) probe.Frame.Addresses[symbol] = probe.Memory.Allocate(Math.Max(symbol.Type.Size, 8)); // a struct may be empty
            else _scratch[symbol] = probe.Memory.TakeScratch(symbol.Type.Size);
        }

        if (symbol.Type.IsScalar) Builder.Store(Address(symbol), Builder.I64(0), 8);
        else probe.Conversions.Clear(Address(symbol), symbol.Type.Size);
    }

    public bool IsKnown(VariableSymbol symbol)
    {
        if (_scratch.ContainsKey(symbol)) return true;
        for (FunctionFrame? frame = probe.Frame; frame is not null; frame = frame.Outer)
        {
            if (frame.Addresses.ContainsKey(symbol)) return true;
        }

        return false;
    }

    /// <summary>Key and value of an element, for as long as the body of its loop.</summary>
    public void DeclarePair(VariableSymbol symbol, (Value Pointer, TraceType Type) key, (Value Pointer, TraceType Type) value)
    {
        Place[] pair = [new(key.Type), new(value.Type)];
        (probe.Frame.Addresses[pair[0]], probe.Frame.Addresses[pair[1]]) = (key.Pointer, value.Pointer);
        _pairs[symbol] = pair;
    }

    /// <summary>Part of a loop variable that nobody has put together; null if it is an ordinary one.</summary>
    public Operand? Part(VariableReference variable, int index) => variable.Symbol is { } symbol && _pairs.TryGetValue(symbol, out Place[]? pair) ? Part(pair[index]) : null;

    private Operand Part(Place place) => probe.Memory.Load(Address(place), place.Type);

    /// <summary>Where a variable is, seen from the function that is being made.</summary>
    public Value Address(object variable)
    {
        if (_scratch.TryGetValue(variable, out int offset)) return probe.Memory.ScratchAt(offset);
        return Find(probe.Frame, variable);
    }

    public Operand Read(VariableReference variable)
    {
        VariableSymbol symbol = variable.Symbol ?? throw probe.Refuse(variable, $"undefined or undeclared variable: {variable.Name}");
        if (!IsKnown(symbol))
        {
            if (_pairs.ContainsKey(symbol)) return Assemble(symbol);
            Declare(symbol);
        }

        TraceType type = symbol.Type;
        return type.IsScalar ? Operand.Scalar(type, Builder.Load(IrType.I64, Address(symbol), 8)) : Operand.Memory(type, Address(symbol));
    }

    public void Write(VariableSymbol symbol, Operand value)
    {
        if (!IsKnown(symbol)) Declare(symbol);
        if (symbol.Type.IsScalar) Builder.Store(Address(symbol), probe.Conversions.Scalar(value, symbol.Type), 8);
        else probe.Conversions.Into(value, Address(symbol), symbol.Type);
    }

    /// <summary>Pointers to what a callback uses of this function: its context.</summary>
    public Value Context(FunctionFrame callback)
    {
        if (callback.Captures.Count == 0) return Builder.Null();
        Value context = Builder.StackSlot(callback.Captures.Count * 8, 8, "(captures)");
        for (int i = 0; i < callback.Captures.Count; i++) Builder.Store(context, Find(probe.Frame, callback.Captures[i]), 8, i * 8);
        return context;
    }

    /// <summary>The program's context, also in callbacks.</summary>
    public Value ProgramContext()
    {
        FunctionFrame root = probe.Frame;
        while (root.Outer is { } outer) root = outer;
        root.Addresses[s_context] = root.Context!;
        return Find(probe.Frame, s_context);
    }

    private static Value Find(FunctionFrame frame, object variable)
    {
        if (frame.Addresses.TryGetValue(variable, out Value? known)) return known;
        if (frame.Outer is null) throw new InvalidOperationException($"no memory for {variable}");
        IrBuilder front = new(frame.Function) { Block = frame.Front };
        Value address = front.Load(IrType.Pointer, frame.Context!, 8, frame.Captures.Count * 8);
        address.Origin = ReferenceEquals(variable, s_context) ? PointerOrigin.Context : PointerOrigin.Stack;
        frame.Captures.Add(variable);
        return frame.Addresses[variable] = address;
    }

    private Operand Assemble(VariableSymbol symbol)
    {
        Place[] pair = _pairs[symbol];
        Value to = probe.Memory.Allocate(symbol.Type.Size);
        probe.Conversions.Clear(to, symbol.Type.Size);
        for (int i = 0; i < pair.Length; i++) probe.Conversions.Into(Part(pair[i]), Builder.Offset(to, symbol.Type.Fields[i].Offset), symbol.Type.Fields[i].Type);
        return Operand.Memory(symbol.Type, to);
    }
}
