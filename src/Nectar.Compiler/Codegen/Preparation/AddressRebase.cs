// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Preparation;

/// <summary>Rewrites sums of addresses so that constants meet the instructions that take them for nothing.</summary>
internal static class AddressRebase
{
    /// <summary>Accesses of the packet, and further offsets, count from the address that no constant was added to.</summary>
    public static void Flatten(IrFunction function)
    {
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op is not (Op.Load or Op.Store or Op.PointerOffset) || value[0].Origin != PointerOrigin.Packet) continue;
                while (value[0].Op == Op.PointerOffset && value.Immediate + value[0].Immediate is >= -0x4000 and <= 0x4000)
                {
                    value.Immediate += value[0].Immediate;
                    value[0] = value[0][0];
                }
            }
        }
    }

    /// <summary>
    /// <c>(p + 14) + x</c> becomes <c>(p + x) + 14</c>: the sum of two registers stays, the constant goes into loads, stores and checks.
    /// </summary>
    public static void FloatOffsets(IrFunction function)
    {
        foreach (Block block in function.Blocks)
        {
            for (int i = 0; i < block.Values.Count; i++)
            {
                Value sum = block.Values[i];
                if (sum.Op != Op.PointerAdd || sum[0].Op != Op.PointerOffset || sum[0][0].Op == Op.StackSlot) continue;
                long offset = 0;
                Value root = sum[0];
                for (; root.Op == Op.PointerOffset; root = root[0]) offset += root.Immediate;
                if (offset is < 0 or > 0x4000 || root.Origin is not (PointerOrigin.Packet or PointerOrigin.MapValue or PointerOrigin.Record)) continue;
                Value moved = function.NewValue(Op.PointerOffset, IrType.Pointer, sum);
                (moved.Immediate, moved.Origin, moved.Location) = (offset, sum.Origin, sum.Location);
                foreach (Value user in sum.Users.ToArray())
                {
                    for (int j = 0; j < user.Operands.Count; j++)
                    {
                        if (user != moved && user[j] == sum) user[j] = moved;
                    }
                }

                sum[0] = root;
                block.Insert(i + 1, moved);
            }
        }
    }
}
