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
        Dictionary<Value, PointerOrigin?> origins = []; // null: nothing known yet
        List<Block> order = new Dominance(function).ReversePostorder;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (Block block in order)
            {
                foreach (Value value in block.Values)
                {
                    if (value.Type != IrType.Pointer) continue;
                    PointerOrigin? found = Of(value, origins), before = origins.GetValueOrDefault(value);
                    if (found == before) continue;
                    origins[value] = before is null ? found : PointerOrigin.Unknown; // a second change is a conflict
                    changed |= origins[value] != before;
                }
            }
        }

        bool any = false;
        foreach ((Value value, PointerOrigin? origin) in origins)
        {
            PointerOrigin known = origin ?? PointerOrigin.Unknown;
            any |= value.Origin != known;
            value.Origin = known;
        }

        return any;
    }

    private static PointerOrigin? Of(Value value, Dictionary<Value, PointerOrigin?> origins) => value.Op switch
    {
        Op.StackSlot => PointerOrigin.Stack,
        Op.MapAddress => PointerOrigin.Map,
        Op.GlobalAddress => ((GlobalSymbol)value.Symbol!).IsReadOnly ? PointerOrigin.ReadOnlyData : PointerOrigin.Data,
        Op.ExternAddress => PointerOrigin.Trusted,
        Op.PointerOffset or Op.PointerAdd or Op.CoreField => origins.GetValueOrDefault(value[0]),
        Op.Phi => OfPhi(value, origins),
        Op.Load => OfLoad(value, origins.GetValueOrDefault(value[0])),
        Op.IntegerToPointer when value[0].Op == Op.PointerToInteger => origins.GetValueOrDefault(value[0][0]),
        Op.IntegerToPointer => value.Origin == PointerOrigin.Unknown ? PointerOrigin.Kernel : value.Origin,
        Op.Constant or Op.Undefined => null,
        _ => value.Origin,
    };

    private static PointerOrigin? OfPhi(Value phi, Dictionary<Value, PointerOrigin?> origins)
    {
        PointerOrigin? common = null;
        foreach (Value operand in phi.Operands)
        {
            if (origins.GetValueOrDefault(operand) is not { } origin) continue; // null, or not reached yet
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
