// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes;

/// <summary>
/// Says of every pointer what it points into, from where addresses are made (the frame, maps, calls, parameters) through offsets, phis and loads.
/// Lowering chooses the way of reading by it. Optimistic: a phi in a loop has the origin that comes in from outside unless the loop brings another.
/// </summary>
internal static class Origins
{
    public static bool Run(IrFunction function, PassContext context)
    {
        PointerOrigin?[] origins = new PointerOrigin?[function.ValueCount]; // null: nothing known yet
        List<Block> order = function.Dominance.ReversePostorder;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (Block block in order)
            {
                foreach (Value value in block.Values)
                {
                    if (value.Type != IrType.Pointer) continue;
                    PointerOrigin? found = Of(value, origins), before = origins[value.Id];
                    if (found == before) continue;
                    origins[value.Id] = before is null ? found : PointerOrigin.Unknown; // a second change is a conflict
                    changed |= origins[value.Id] != before;
                }
            }
        }

        bool any = false;
        foreach (Block block in order)
        {
            foreach (Value value in block.Values)
            {
                if (value.Type != IrType.Pointer || origins[value.Id] is not { } known || value.Origin == known) continue;
                value.Origin = known;
                any = true;
            }
        }

        return any;
    }

    private static PointerOrigin? Of(Value value, PointerOrigin?[] origins) => value.Op switch
    {
        Op.StackSlot => PointerOrigin.Stack,
        Op.MapAddress => PointerOrigin.Map,
        Op.GlobalAddress => ((GlobalSymbol)value.Symbol!).IsReadOnly ? PointerOrigin.ReadOnlyData : PointerOrigin.Data,
        Op.ExternAddress => PointerOrigin.Trusted,
        Op.PointerOffset or Op.PointerAdd or Op.CoreField => origins[value[0].Id],
        Op.Phi => OfPhi(value, origins),
        Op.Load => OfLoad(value, origins[value[0].Id]),
        Op.IntegerToPointer when value[0].Op == Op.PointerToInteger => origins[value[0][0].Id],
        Op.IntegerToPointer => value.Origin == PointerOrigin.Unknown ? PointerOrigin.Kernel : value.Origin,
        Op.Constant or Op.Undefined => null,
        _ => value.Origin,
    };

    private static PointerOrigin? OfPhi(Value phi, PointerOrigin?[] origins)
    {
        PointerOrigin? common = null;
        foreach (Value operand in phi.Operands)
        {
            if (origins[operand.Id] is not { } origin) continue; // null, or not reached yet
            if (common is null) common = origin;
            else if (common != origin) return PointerOrigin.Unknown;
        }

        return common;
    }

    /// <summary>A pointer that was read: pointers of the kernel lead to further ones, elsewhere memory holds only numbers for the verifier.</summary>
    private static PointerOrigin? OfLoad(Value load, PointerOrigin? from)
    {
        if (load.Origin != PointerOrigin.Unknown) return load.Origin;
        return from switch
        {
            PointerOrigin.Trusted => PointerOrigin.Trusted,
            PointerOrigin.User => PointerOrigin.User,
            PointerOrigin.Kernel or PointerOrigin.MapValue or PointerOrigin.Record or PointerOrigin.Data or PointerOrigin.ReadOnlyData or PointerOrigin.Packet => PointerOrigin.Kernel,
            null => null,
            _ => PointerOrigin.Unknown,
        };
    }
}
