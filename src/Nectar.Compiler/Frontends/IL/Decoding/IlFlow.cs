// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Decoding;

/// <summary>Edges, order and the use of variables: what the translation asks of a body again and again.</summary>
internal static class IlFlow
{
    public static void Analyze(IlBody body)
    {
        FindEdges(body);
        FindRegions(body);
        Number(body);
        FindUses(body);
        FindEarlyReads(body);
    }

    private static void FindEdges(IlBody body)
    {
        body.Blocks[0].Predecessors++;
        foreach (IlBlock block in body.Blocks)
        {
            IlInstruction last = body.Instructions[block.End - 1];
            List<int> successors = [];
            if (last.Code == ILOpCode.Switch) successors.AddRange(body.Switches[last.Operand]);
            else if (last.Code == ILOpCode.Leave) body.Blocks[last.Operand].Predecessors += 2; // from copies of handlers, of which there may be many
            else if (IlOperands.IsBranch(last.Code)) successors.Add((int)last.Operand);
            if (IlOperands.FallsThrough(last.Code)) successors.Add(block.Index + 1);
            block.Successors = [.. successors];
            foreach (int successor in successors) body.Blocks[successor].Predecessors++;
        }
    }

    private static void FindRegions(IlBody body)
    {
        if (body.Regions.Length == 0) return;
        foreach (IlBlock block in body.Blocks)
        {
            List<int> protecting = [];
            for (int i = 0; i < body.Regions.Length; i++)
            {
                if (body.Regions[i].Protects(block.Index)) protecting.Add(i);
                if (block.Handler < 0 && body.Regions[i].Handles(block.Index)) block.Handler = i;
            }

            block.Protected = [.. protecting];
        }
    }

    /// <summary>Reverse postorder from the entry; handlers are entered from the code that they protect.</summary>
    private static void Number(IlBody body)
    {
        bool[] seen = new bool[body.Blocks.Length];
        Stack<(int Block, int Next)> path = new();
        List<int> postorder = [];
        path.Push((0, 0));
        seen[0] = true;
        while (path.TryPop(out (int Block, int Next) top))
        {
            int[] ways = Ways(body, body.Blocks[top.Block]);
            if (top.Next == ways.Length)
            {
                postorder.Add(top.Block);
                continue;
            }

            path.Push((top.Block, top.Next + 1));
            int next = ways[top.Next];
            if (seen[next]) continue;
            seen[next] = true;
            path.Push((next, 0));
        }

        for (int i = 0; i < postorder.Count; i++) body.Blocks[postorder[i]].Order = postorder.Count - 1 - i;
    }

    private static int[] Ways(IlBody body, IlBlock block)
    {
        IlInstruction last = body.Instructions[block.End - 1];
        if (last.Code != ILOpCode.Leave && block.Protected.Length == 0) return block.Successors;
        List<int> ways = [.. block.Successors];
        if (last.Code == ILOpCode.Leave) ways.Add((int)last.Operand);
        foreach (int region in block.Protected) ways.Add(body.Regions[region].HandlerFirst);
        return [.. ways];
    }

    private static void FindUses(IlBody body)
    {
        foreach (IlBlock block in body.Blocks)
        {
            for (int i = block.First; i < block.End; i++)
            {
                (_, ILOpCode code, long operand) = body.Instructions[i];
                bool isArgument = code is ILOpCode.Ldarg or ILOpCode.Ldarga or ILOpCode.Starg;
                if (!isArgument && code is not (ILOpCode.Ldloc or ILOpCode.Ldloca or ILOpCode.Stloc)) continue;
                VariableUse[] uses = isArgument ? body.Arguments : body.Locals;
                if (operand >= uses.Length) throw new BadImageFormatException($"there is no variable {operand}");
                ref VariableUse use = ref uses[operand];
                use |= code switch
                {
                    ILOpCode.Ldarg or ILOpCode.Ldloc => VariableUse.Read,
                    ILOpCode.Ldarga or ILOpCode.Ldloca => VariableUse.Addressed,
                    _ => block.Handler >= 0 || (use & VariableUse.Written) != 0 ? VariableUse.Written | VariableUse.WrittenOften : VariableUse.Written,
                };
            }
        }
    }

    /// <summary>Locals that are surely written before they are read: forward over the blocks, what is written on all ways.</summary>
    private static void FindEarlyReads(IlBody body)
    {
        int count = body.Locals.Length;
        if (count == 0) return;
        IlBlock[] order = [.. body.Blocks.Where(block => block.Order != int.MaxValue).OrderBy(block => block.Order)];
        bool[]?[] written = new bool[body.Blocks.Length][];
        written[0] = new bool[count];
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (IlBlock block in order)
            {
                if (written[block.Index] is not { } before) continue;
                bool[] now = [.. before];
                // An exception may come at any place: a handler knows what was written before the block only.
                foreach (int region in block.Protected) changed |= Meet(ref written[body.Regions[region].HandlerFirst], before);
                for (int i = block.First; i < block.End; i++) Apply(body, i, now);
                foreach (int way in Ways(body, block))
                {
                    if (body.Blocks[way].Handler == block.Handler || block.Successors.Contains(way)) changed |= Meet(ref written[way], now);
                }
            }
        }
    }

    private static void Apply(IlBody body, int at, bool[] written)
    {
        (_, ILOpCode code, long operand) = body.Instructions[at];
        switch (code)
        {
            case ILOpCode.Stloc:
            case ILOpCode.Ldloca when body.Instructions[at + 1].Code == ILOpCode.Initobj:
                written[operand] = true;
                break;
            case ILOpCode.Ldloc or ILOpCode.Ldloca when !written[operand]:
                body.Locals[operand] |= VariableUse.ReadBeforeWritten;
                break;
        }
    }

    private static bool Meet(ref bool[]? known, bool[] with)
    {
        if (known is null)
        {
            known = [.. with];
            return true;
        }

        bool changed = false;
        for (int i = 0; i < known.Length; i++)
        {
            if (!known[i] || with[i]) continue;
            known[i] = false;
            changed = true;
        }

        return changed;
    }
}
