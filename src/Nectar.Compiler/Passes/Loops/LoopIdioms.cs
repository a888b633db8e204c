// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Memory;

namespace Nectar.Compiler.Passes.Loops;

/// <summary>
/// Loops over elements that compare, copy or clear memory of a constant size become the operation, which is expanded to words: what
/// <c>SequenceEqual</c>, <c>CopyTo</c> and <c>Clear</c> of spans are made of. The verifier walks a loop turn by turn, and words not at all.
/// </summary>
internal static class LoopIdioms
{
    public static bool Run(IrFunction function, PassContext context)
    {
        bool changed = false;
        Aliasing? aliasing = null;
        foreach (Block head in function.Blocks.ToArray())
        {
            if (head.Values.Count == 0 || CountedLoop.Of(head) is not { } loop || !loop.KeepsToItself()) continue;
            if (!(loop.Head == loop.Latch ? Writes(loop, aliasing ??= new Aliasing(function)) : Compares(loop))) continue;
            CfgCleanup.RemoveUnreachable(function);
            changed = true;
        }

        return changed;
    }

    /// <summary>One element a turn is stored: the same in all turns, or what was loaded from elsewhere.</summary>
    private static bool Writes(CountedLoop loop, Aliasing aliasing)
    {
        Value? store = null, load = null;
        foreach (Value value in loop.Head.Values)
        {
            if (value.IsVolatile) return false;
            if (value.Op == Op.Store && store is null) store = value;
            else if (value.Op == Op.Load && load is null) load = value;
            else if (!value.Op.IsPure() && value.Op != Op.Phi && !value.IsTerminator) return false;
        }

        if (store is null || loop.Walks(store[0], store.Immediate, store.Width) is not { } to) return false;
        long size = loop.Turns * store.Width;
        IrBuilder builder = Enter(loop, out Block block, store.Location);
        if (load is not null)
        {
            bool isCopy = store[1] == load && load.Users.Count == 1 && load.Width == store.Width && loop.Walks(load[0], load.Immediate, load.Width) is { } && load[0].Origin is not (PointerOrigin.Kernel or PointerOrigin.User);
            (Value Base, long Offset) from = isCopy ? loop.Walks(load[0], load.Immediate, load.Width)!.Value : default;
            if (!isCopy || aliasing.MayOverlap(Extent.Of(to.Base, to.Offset, size), Extent.Of(from.Base, from.Offset, size))) return Undo(loop, block);
            builder.MemoryCopy(builder.Offset(to.Base, to.Offset), builder.Offset(from.Base, from.Offset), size);
        }
        else
        {
            bool isFill = !loop.Contains(store[1]) && (store.Width == 1 || store[1].IsConstantOf(0));
            if (!isFill) return Undo(loop, block);
            builder.MemorySet(builder.Offset(to.Base, to.Offset), store[1], size);
        }

        builder.Jump(loop.Exit);
        AddOperands(loop.Exit, loop.Latch);
        return Redirect(loop, block);
    }

    /// <summary>Two elements a turn are compared; the first difference leaves the loop.</summary>
    private static bool Compares(CountedLoop loop)
    {
        Value branch = loop.Head.Terminator!;
        if (branch.Op != Op.Branch || branch[0].Op is not (Op.Equal or Op.NotEqual) || branch[0].Block != loop.Head) return false;
        foreach (Value value in loop.Head.Values)
        {
            if (value.IsVolatile || (value.Op is not (Op.Phi or Op.Load) && !value.Op.IsPure() && !value.IsTerminator)) return false;
        }

        foreach (Value value in loop.Latch.Values)
        {
            if (!value.Op.IsPure() && !value.IsTerminator) return false;
        }

        Value a = branch[0][0], b = branch[0][1];
        if (a.Op != Op.Load || b.Op != Op.Load || a.Width != b.Width || a.IsSigned != b.IsSigned) return false;
        if (loop.Walks(a[0], a.Immediate, a.Width) is not { } left || loop.Walks(b[0], b.Immediate, b.Width) is not { } right) return false;
        if (a[0].Origin is PointerOrigin.Kernel or PointerOrigin.User || b[0].Origin is PointerOrigin.Kernel or PointerOrigin.User) return false;
        int same = branch[0].Op == Op.Equal ? 0 : 1;
        Block differs = branch.Targets[1 - same];
        if (branch.Targets[same] != loop.Latch || differs == loop.Head || differs == loop.Latch) return false;
        IrBuilder builder = Enter(loop, out Block block, branch.Location);
        Value equal = builder.MemoryEqual(builder.Offset(left.Base, left.Offset), builder.Offset(right.Base, right.Offset), loop.Turns * a.Width);
        Block done = loop.Exit;
        if (differs == done)
        {
            // Both ways lead to one block, with different values perhaps: each needs an edge of its own.
            done = block.Function.NewBlock();
            new IrBuilder(block.Function) { Block = done, Location = branch.Location }.Jump(loop.Exit);
            AddOperands(loop.Exit, loop.Latch);
        }

        builder.Branch(equal, done, differs);
        if (done == loop.Exit) AddOperands(loop.Exit, loop.Latch);
        AddOperands(differs, loop.Head);
        return Redirect(loop, block);
    }

    private static IrBuilder Enter(CountedLoop loop, out Block block, SourceLocation? location)
    {
        block = loop.Head.Function.NewBlock();
        return new IrBuilder(loop.Head.Function) { Block = block, Location = location };
    }

    private static bool Undo(CountedLoop loop, Block block)
    {
        block.RemoveAll(_ => true);
        loop.Head.Function.Blocks.Remove(block);
        return false;
    }

    /// <summary>The new edge brings what the edge out of the loop brought.</summary>
    private static void AddOperands(Block to, Block like)
    {
        int index = to.Predecessors.IndexOf(like);
        foreach (Value phi in to.Phis) phi.AddOperand(phi[index]);
    }

    private static bool Redirect(CountedLoop loop, Block block)
    {
        Value terminator = loop.Before.Terminator!;
        for (int i = 0; i < terminator.Targets.Length; i++)
        {
            if (terminator.Targets[i] == loop.Head) loop.Before.Retarget(i, block);
        }

        return true;
    }
}
