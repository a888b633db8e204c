// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Lowering;

/// <summary>
/// Loads of bit-fields become loads of the word around them and two shifts; offset, size and shifts are numbers that the loader fills in. A word of
/// memory that is read by a helper has any size; a load has one, so that there is one for each size, and verifiers walk only that which is right.
/// </summary>
internal static class BitFields
{
    /// <summary>Replaces a load; <paramref name="read"/> reads bytes by a helper (to, size, from), null where memory is read directly.</summary>
    public static void Lower(IrFunction function, Value load, Action<IrBuilder, Value, Value, Value>? read)
    {
        BitFieldAccess access = (BitFieldAccess)load.Symbol!;
        IrBuilder builder = new(function) { Before = load, Location = load.Location };
        Value word;
        if (read is not null)
        {
            Value slot = builder.StackSlot(8, 8, "(bit-field)");
            builder.Store(slot, builder.I64(0), 8);
            read(builder, slot, builder.CoreConstant(IrType.I64, access.Ask(CoreRelocationKind.FieldByteSize)), load[0]);
            word = builder.Load(IrType.I64, slot, 8);
        }
        else
        {
            word = LoadOfAnySize(function, load, access);
            builder = new(function) { Before = load, Location = load.Location };
        }

        Value above = builder.Binary(Op.ShiftLeft, word, builder.CoreConstant(IrType.I64, access.Ask(CoreRelocationKind.FieldLeftShift)));
        Value bits = builder.Binary(access.IsSigned ? Op.ShiftRightSigned : Op.ShiftRight, above, builder.CoreConstant(IrType.I64, access.Ask(CoreRelocationKind.FieldRightShift)));
        load.ReplaceUsesWith(bits);
        load.Remove();
    }

    /// <summary>The load is first in its block afterwards, behind the phi of the words.</summary>
    private static Value LoadOfAnySize(IrFunction function, Value load, BitFieldAccess access)
    {
        Block block = load.Block!, rest = function.NewBlock();
        block.MoveTail(block.IndexOf(load), rest);
        IrBuilder builder = new(function) { Block = block, Location = load.Location };
        Value size = builder.CoreConstant(IrType.I64, access.Ask(CoreRelocationKind.FieldByteSize));
        List<Value> words = [];
        foreach (int width in (ReadOnlySpan<int>)[1, 2, 4, 8])
        {
            Block? other = null;
            if (width < 8)
            {
                Block same = function.NewBlock();
                other = function.NewBlock();
                builder.Branch(builder.Compare(Op.Equal, size, builder.I64(width)), same, other);
                builder.Block = same;
            }

            words.Add(builder.Load(IrType.I64, load[0], width));
            builder.Jump(rest);
            if (other is not null) builder.Block = other;
        }

        Value phi = function.NewValue(Op.Phi, IrType.I64, [.. words]);
        phi.Location = load.Location;
        return rest.Insert(0, phi);
    }
}
