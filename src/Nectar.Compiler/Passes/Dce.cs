// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes;

/// <summary>Drops what nobody needs: everything that no operation with an effect depends on, circles of phis included.</summary>
internal static class Dce
{
    public static bool Run(IrFunction function, PassContext context)
    {
        bool[] live = new bool[function.ValueCount];
        Stack<Value> waiting = new();
        int count = 0, total = 0;
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                total++;
                if (!IsNeeded(value)) continue;
                live[value.Id] = true;
                waiting.Push(value);
            }
        }

        while (waiting.TryPop(out Value? value))
        {
            count++;
            foreach (Value operand in value.Operands)
            {
                if (live[operand.Id]) continue;
                live[operand.Id] = true;
                waiting.Push(operand);
            }
        }

        if (count == total) return false;
        for (int i = function.Blocks.Count - 1; i >= 0; i--) function.Blocks[i].RemoveAll(value => !live[value.Id]);
        return true;
    }

    private static bool IsNeeded(Value value) => value.Op switch
    {
        Op.Call => value.Symbol is not CallTarget { IsPure: true },
        Op.Load => value.IsVolatile,
        Op.Parameter => true,
        _ => value.Op.HasEffect(),
    };
}
