// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Memory;

namespace Nectar.Compiler.Passes.Slots;

/// <summary>Makes an operation at the place of a pass.</summary>
internal delegate Value ValueMaker(Op op, IrType type, SourceLocation? location, params ReadOnlySpan<Value> operands);

/// <summary>The other end of a copy from or to a split slot: in a frame it is accessed in pieces that are as aligned as the verifier wants them there.</summary>
internal static class OutsideAccess
{
    public static Value Load(ValueMaker make, Value pointer, long offset, int size, IrType type, SourceLocation? location)
    {
        int width = type == IrType.Pointer ? size : Math.Min(size, PointerFacts.WidestAccess(pointer, offset));
        Value? value = null;
        for (int at = 0; at < size; at += width)
        {
            Value part = make(Op.Load, type, location, pointer);
            (part.Width, part.Immediate) = ((byte)width, offset + at);
            if (at > 0) part = make(Op.ShiftLeft, type, location, part, Number(make, type, at * 8, location));
            value = value is null ? part : make(Op.Or, type, location, value, part);
        }

        return value!;
    }

    public static void Store(ValueMaker make, Value pointer, long offset, int size, Value value, SourceLocation? location)
    {
        int width = value.Type == IrType.Pointer ? size : Math.Min(size, PointerFacts.WidestAccess(pointer, offset));
        for (int at = 0; at < size; at += width)
        {
            Value part = at == 0 ? value : make(Op.ShiftRight, value.Type, location, value, Number(make, value.Type, at * 8, location));
            Value store = make(Op.Store, IrType.Void, location, pointer, part);
            (store.Width, store.Immediate) = ((byte)width, offset + at);
        }
    }

    private static Value Number(ValueMaker make, IrType type, long number, SourceLocation? location)
    {
        Value constant = make(Op.Constant, type, location);
        constant.Immediate = number;
        return constant;
    }
}
