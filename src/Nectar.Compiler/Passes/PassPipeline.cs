// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Compiler.Ir;

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
    ];

    /// <summary>Runs all passes over all functions of a module.</summary>
    public static void Run(IrModule module, PassContext context)
    {
        foreach (IrFunction function in module.Functions) Run(function, context, Passes);
    }

    /// <summary>Runs passes over a function.</summary>
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

    [System.Diagnostics.Conditional("DEBUG")]
    private static void Check(IrFunction function, string name)
    {
        if (IrChecker.Check(function) is { } problem) throw new InvalidOperationException($"after {name}: {problem}\n{IrPrinter.Print(function, renumber: false)}");
    }
}
