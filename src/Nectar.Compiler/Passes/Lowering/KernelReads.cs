// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Lowering;

/// <summary>
/// Reads through addresses that are only numbers to the verifier become calls of <c>probe_read_kernel</c> and <c>probe_read_user</c> into the frame.
/// A read that fails gives zeros, as the helpers do.
/// </summary>
internal static class KernelReads
{
    private const int ProbeRead = 4, ProbeReadUser = 112, ProbeReadKernel = 113;

    public static bool Run(IrFunction function, PassContext context)
    {
        bool changed = false;
        Value? slot = null;
        foreach (Block block in function.Blocks.ToArray())
        {
            foreach (Value value in block.Values.ToArray())
            {
                if (value.Symbol is BitFieldAccess)
                {
                    BitFields.Lower(function, value, IsNumber(value[0]) ? (builder, to, size, from) => Read(builder, context, to, from, size) : null);
                    changed = true;
                }
                else if (value.Op == Op.Load && IsNumber(value[0]))
                {
                    IrBuilder builder = new(function) { Before = value, Location = value.Location };
                    slot ??= builder.StackSlot(8, 8, "(read)");
                    Read(builder, context, slot, builder.Offset(value[0], value.Immediate), value.Width);
                    value[0] = slot;
                    value.Immediate = 0;
                    changed = true;
                }
                else if (value.Op == Op.MemoryCopy && IsNumber(value[1]))
                {
                    Read(new IrBuilder(function) { Before = value, Location = value.Location }, context, value[0], value[1], value.Immediate);
                    value.Remove();
                    changed = true;
                }
            }
        }

        return changed;
    }

    private static bool IsNumber(Value pointer) => pointer.Origin is PointerOrigin.Kernel or PointerOrigin.User;

    private static void Read(IrBuilder builder, PassContext context, Value to, Value from, long size) => Read(builder, context, to, from, builder.I64(size));

    private static void Read(IrBuilder builder, PassContext context, Value to, Value from, Value size)
    {
        int helper = !context.Target.Has(5, 5) ? ProbeRead : from.Origin == PointerOrigin.User ? ProbeReadUser : ProbeReadKernel;
        builder.Call(HelperTargets.Find(helper)!, IrType.I64, to, size, from);
    }
}
