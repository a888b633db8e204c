// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Lowering;

/// <summary>
/// Splits accesses of the frame that are not aligned: packets, map values and records may be read at any address, the stack may not
/// (the kernel's <c>check_ptr_alignment</c> is strict there, because whole words of it are tracked). Slots are aligned better where that is enough.
/// </summary>
internal static class StackAlignment
{
    public static bool Run(IrFunction function, PassContext context)
    {
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values.ToArray())
            {
                if (value.Op is not (Op.Load or Op.Store) || value.Width < 2 || value.IsVolatile) continue;
                if (Root(value[0], value.Immediate, out int alignment) is not { } slot) continue;
                if (alignment >= value.Width)
                {
                    slot.Width = Math.Max(slot.Width, value.Width); // the place in the slot is right: the slot has to be too
                    continue;
                }

                if (value.Type == IrType.Pointer || (value.Op == Op.Store && value[1].Type == IrType.Pointer)) continue; // pointers are kept whole: the verifier says why
                slot.Width = (byte)Math.Max(slot.Width, alignment);
                if (value.Op == Op.Load) SplitLoad(value, alignment);
                else SplitStore(value, alignment);
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>The slot that an address lies in, and the alignment of the place in it; null for other addresses.</summary>
    private static Value? Root(Value pointer, long offset, out int alignment)
    {
        alignment = 8;
        while (true)
        {
            switch (pointer.Op)
            {
                case Op.StackSlot:
                    alignment = Math.Min(alignment, Power(offset));
                    return pointer;
                case Op.PointerOffset:
                    offset += pointer.Immediate;
                    pointer = pointer[0];
                    break;
                case Op.PointerAdd:
                    alignment = Math.Min(alignment, Factor(pointer[1]));
                    pointer = pointer[0];
                    break;
                default:
                    return null;
            }
        }
    }

    /// <summary>The power of two, up to 8, that a number surely is a multiple of.</summary>
    private static int Factor(Value number) => number.Op switch
    {
        Op.Constant => Power(number.Immediate),
        Op.ShiftLeft when number[1].IsConstant => Power(1L << (int)(number[1].Immediate & 63)),
        Op.Multiply => Math.Min(8, Factor(number[0]) * Factor(number[1])),
        Op.And => Math.Max(Factor(number[0]), Factor(number[1])),
        Op.Add or Op.Subtract or Op.Or => Math.Min(Factor(number[0]), Factor(number[1])),
        Op.ZeroExtend or Op.SignExtend => Math.Min(Factor(number[0]), 8),
        _ => 1,
    };

    private static int Power(long number) => number == 0 ? 8 : 1 << Math.Min(3, BitOperations.TrailingZeroCount(number));

    private static void SplitLoad(Value load, int piece)
    {
        IrBuilder builder = new(load.Block!.Function) { Before = load, Location = load.Location };
        Value? whole = null;
        for (int at = 0; at < load.Width; at += piece)
        {
            Value part = builder.Load(load.Type, load[0], piece, load.Immediate + at);
            if (at > 0) part = builder.Binary(Op.ShiftLeft, part, builder.Constant(load.Type, at * 8));
            whole = whole is null ? part : builder.Binary(Op.Or, whole, part);
        }

        if (load.IsSigned && load.Width < (load.Type == IrType.I32 ? 4 : 8)) whole = builder.SignExtend(whole!, load.Width, load.Type);
        load.ReplaceUsesWith(whole!);
        load.Remove();
    }

    private static void SplitStore(Value store, int piece)
    {
        IrBuilder builder = new(store.Block!.Function) { Before = store, Location = store.Location };
        for (int at = 0; at < store.Width; at += piece)
        {
            Value part = at == 0 ? store[1] : builder.Binary(Op.ShiftRight, store[1], builder.Constant(store[1].Type, at * 8));
            builder.Store(store[0], part, piece, store.Immediate + at);
        }

        store.Remove();
    }
}
