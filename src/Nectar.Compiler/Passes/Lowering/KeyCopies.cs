// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Rules;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Lowering;

/// <summary>
/// Keys, values and other memory that a helper reads, but that lies where it may not read from (objects of the kernel, addresses that are only
/// numbers), are copied into the frame first.
/// </summary>
internal static class KeyCopies
{
    private const long LargestCopy = 256;

    public static bool Run(IrFunction function, PassContext context)
    {
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            foreach (Value call in block.Values.ToArray())
            {
                if (call is not { Op: Op.Call, Symbol: HelperTarget { Reads: not 0 } target }) continue;
                for (int i = 0; i < call.Operands.Count; i++)
                {
                    if ((target.Reads & (1 << i)) == 0 || (target.Writes & (1 << i)) != 0 || call[i].Type != IrType.Pointer || !IsRefused(call[i])) continue;
                    if (SizeOf(target.Id, call, i) is not { } size || size > LargestCopy) continue;
                    IrBuilder builder = new(function) { Before = call, Location = call.Location };
                    Value slot = builder.StackSlot((int)size, 8, $"(copy for {target.Name})");
                    builder.MemoryCopy(slot, call[i], size);
                    call[i] = slot;
                    changed = true;
                }
            }
        }

        return changed;
    }

    private static bool IsRefused(Value pointer) => pointer.Origin is PointerOrigin.Trusted or PointerOrigin.Kernel or PointerOrigin.User or PointerOrigin.Context;

    private static long? SizeOf(int helper, Value call, int index) => HelperPrototypes.Find(helper)?.Parameters[index].Kind switch
    {
        ParameterKind.MapKey when call[0].Symbol is MapSymbol map => map.Definition.KeySize,
        ParameterKind.MapValue when call[0].Symbol is MapSymbol map => map.Definition.ValueSize,
        ParameterKind.Memory when index + 1 < call.Operands.Count && call[index + 1].IsConstant => call[index + 1].Immediate,
        _ => null,
    };
}
