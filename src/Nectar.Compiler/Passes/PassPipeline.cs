// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Lowering;
using Nectar.Compiler.Passes.Loops;
using Nectar.Compiler.Passes.Memory;
using Nectar.Compiler.Passes.Ranges;
using Nectar.Compiler.Passes.Threading;

namespace Nectar.Compiler.Passes;

/// <summary>A step of the pipeline.</summary>
/// <param name="Name">For dumps and tests: the name of its class.</param>
/// <param name="Run">Changes a function; true if it did.</param>
internal sealed record Pass(string Name, Func<IrFunction, PassContext, bool> Run);

/// <summary>The list of passes, in order, with the reason for each place.</summary>
internal static class PassPipeline
{
    /// <summary>All passes of a compilation.</summary>
    public static ImmutableArray<Pass> Passes { get; } =
    [
        // Dead code would hide that a slot is only read and written.
        new("CfgCleanup", CfgCleanup.Run),

        // The front end keeps everything in slots. An address that was kept in one is known when that one is a value, and then what it pointed to
        // can be one too; whether a copied struct comes from kernel memory is known by then as well.
        new("SlotsToValues", SlotsToValues),

        // Equal constants are one value from here on; folding finds more slots that are whole.
        new("PoolConstants", PoolConstants.Run),
        new("Simplify", Simplify.Run),
        new("CfgCleanup", CfgCleanup.Run),
        new("SlotsToValues", SlotsToValues),

        // Truth values that travel through phis become ways of their own, before anything is shared between ways.
        new("JumpThreading", JumpThreading.Run),
        new("CfgCleanup", CfgCleanup.Run),
        new("Simplify", Simplify.Run),

        // Loops have lost their first test by now. What they did word by word is one operation, and slots that were only filled and copied in loops
        // can be split.
        new("LoopIdioms", LoopIdioms.Run),
        new("SlotsToValues", SlotsToValues),
        new("Simplify", Simplify.Run),
        new("CfgCleanup", CfgCleanup.Run),

        // What was inlined twice is computed twice; after that equal sums are one, and what the first test of one said decides the second.
        new("Gvn", Gvn.Run),
        new("Forward", Forward.Run),
        new("Simplify", Simplify.Run),
        new("Gvn", Gvn.Run),
        new("CheckRemoval", CheckRemoval.Run),
        new("CfgCleanup", CfgCleanup.Run),
        new("Simplify", Simplify.Run),
        new("JumpThreading", JumpThreading.Run),
        new("CfgCleanup", CfgCleanup.Run),

        // Where ways that knew an answer went round a test, the answer is known to all that are left: old kernels do not see that a record of a
        // ring buffer that was tested once is not null.
        new("CheckRemoval", CheckRemoval.Run),
        new("CfgCleanup", CfgCleanup.Run),
        new("Dce", Dce.Run),

        // Before fills and copies are expanded, what is overwritten anyway is taken out of them.
        new("DeadStores", DeadStores.Run),

        // From here on the machine shows. Who points where decides how memory is read; reads of kernel memory bring new slots and copies,
        // copies become loads and stores, divisions become shifts and branches.
        new("Origins", Origins.Run),
        new("KeyCopies", KeyCopies.Run),
        new("KernelReads", KernelReads.Run),
        new("MemoryLowering", MemoryLowering.Run),
        new("DivisionLowering", DivisionLowering.Run),
        new("SwitchLowering", SwitchLowering.Run),

        // Their leftovers: what was expanded is forwarded, what is overwritten goes, and what is left is stored in as wide pieces as possible.
        new("SlotsToValues", SlotsToValues),
        new("PoolConstants", PoolConstants.Run),
        new("Simplify", Simplify.Run),
        new("Gvn", Gvn.Run),
        new("Forward", Forward.Run),
        new("DeadStores", DeadStores.Run),
        new("Simplify", Simplify.Run),
        new("Dce", Dce.Run),
        new("StoreMerging", StoreMerging.Run),
        new("StackAlignment", StackAlignment.Run), // what is wide now has to be aligned in the frame
        new("PoolConstants", PoolConstants.Run),
        new("Simplify", Simplify.Run),
        new("CfgCleanup", CfgCleanup.Run),
        new("Dce", Dce.Run),
    ];

    /// <summary>A pass by name, also those that only run as parts of another.</summary>
    public static Pass? Find(string name) => Passes.FirstOrDefault(pass => pass.Name == name) ?? (name switch
    {
        "ScalarReplacement" => new Pass(name, ScalarReplacement.Run),
        "Promote" => new Pass(name, Promote.Run),
        _ => null,
    });

    /// <summary>For each step the first one of the same pass.</summary>
    private static readonly int[] s_same = [.. Passes.Select(pass => Passes.IndexOf(Passes.First(other => other.Name == pass.Name)))];

    private static bool SlotsToValues(IrFunction function, PassContext context)
    {
        bool any = false;
        for (int round = 0; round < 16; round++)
        {
            bool changed = ScalarReplacement.Run(function, context);
            changed |= Promote.Run(function, context);
            any |= Origins.Run(function, context) | changed;
            if (!changed) break;
        }

        return any;
    }

    /// <summary>Runs all passes over a function. One that found nothing to do is not run again before another has changed something.</summary>
    public static void Run(IrFunction function, PassContext context)
    {
        Check(function, "the front end");
        Span<bool> isClean = stackalloc bool[Passes.Length];
        for (int i = 0; i < Passes.Length; i++)
        {
            if (!isClean[s_same[i]])
            {
#if DEBUG
                string before = Text(function);
#endif
                if (Passes[i].Run(function, context)) isClean.Clear();
                else isClean[s_same[i]] = true;
#if DEBUG
                if (isClean[s_same[i]] && Text(function) != before) throw new InvalidOperationException($"{Passes[i].Name} changed '{function.Name}' and did not say so:\n{before}\n{Text(function)}");
#endif
                Check(function, Passes[i].Name);
            }

            context.AfterPass?.Invoke(Passes[i].Name, function);
        }
    }

    /// <summary>Runs some passes over a function.</summary>
    public static void Run(IrFunction function, PassContext context, ImmutableArray<Pass> passes)
    {
        Check(function, "the front end");
        foreach (Pass pass in passes)
        {
            pass.Run(function, context);
            Check(function, pass.Name);
            context.AfterPass?.Invoke(pass.Name, function);
        }
    }

#if DEBUG
    /// <summary>What a function says, without the order of what the entry block has for all.</summary>
    private static string Text(IrFunction function) => string.Join('\n', IrPrinter.Print(function, renumber: false).Split('\n').Order(StringComparer.Ordinal));
#endif

    [System.Diagnostics.Conditional("DEBUG")]
    private static void Check(IrFunction function, string name)
    {
        if (IrChecker.Check(function) is { } problem) throw new InvalidOperationException($"after {name}: {problem}\n{IrPrinter.Print(function, renumber: false)}");
    }
}
