// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes;

/// <summary>
/// One of each number and each address of a map or variable, in the entry block: equal operands of phis are the same value then. The code
/// generator makes constants where they are used.
/// </summary>
internal static class PoolConstants
{
    private readonly record struct Key(Op Op, IrType Type, long Immediate, object? Symbol)
    {
        public override int GetHashCode() => HashCode.Combine((int)Op | ((int)Type << 8), Immediate, Symbol is null ? 0 : RuntimeHelpers.GetHashCode(Symbol));
    }

    public static bool Run(IrFunction function, PassContext context)
    {
        Dictionary<Key, Value> pool = [];
        List<Value> order = [];
        List<Value> kept = [];
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            bool hasSome = false;
            foreach (Value value in block.Values) hasSome |= IsConstant(value.Op);
            if (!hasSome) continue;
            kept.Clear();
            foreach (Value value in block.Values)
            {
                if (!IsConstant(value.Op)) kept.Add(value);
                else if (value.Users.Count == 0) changed = true;
                else
                {
                    ref Value? pooled = ref CollectionsMarshal.GetValueRefOrAddDefault(pool, new Key(value.Op, value.Type, value.Immediate, value.Symbol), out bool exists);
                    changed |= exists || block != function.Entry;
                    if (exists) value.ReplaceUsesWith(pooled!);
                    else order.Add(pooled = value);
                }
            }

            block.Reset(kept);
        }

        foreach (Value value in order) value.Location = null; // it belongs to many places
        List<Value> entry = [.. function.Entry.Values];
        int at = 0;
        while (entry[at].Op is Op.Parameter or Op.StackSlot) at++;
        entry.InsertRange(at, order);
        function.Entry.Reset(entry);
        return changed;
    }

    private static bool IsConstant(Op op) => op is Op.Constant or Op.Undefined or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress or Op.ExternAddress;
}
