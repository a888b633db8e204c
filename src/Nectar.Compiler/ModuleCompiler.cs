// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Emit;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;

namespace Nectar.Compiler;

/// <summary>From a module in the intermediate representation to an object: what every front-end ends in.</summary>
internal static class ModuleCompiler
{
    private const int FewValues = 1500;

    /// <summary>Runs all passes, makes code, and puts the object together.</summary>
    /// <param name="module">Consumed: passes change it.</param>
    /// <param name="diagnostics">Receives what cannot be compiled.</param>
    /// <param name="stage">Told what is being done: for the report of a failure.</param>
    /// <param name="afterPass">Called after each pass; null for no one.</param>
    /// <param name="afterStep">Called after each step of making code; null for no one.</param>
    /// <param name="processors">How many functions are worked on at once at most, where nobody looks on.</param>
    /// <returns>The object and its functions; null if there are errors.</returns>
    public static (BpfObject Object, List<CompiledFunction> Functions)? Compile(IrModule module, DiagnosticBag diagnostics, Action<string>? stage = null, Action<string, IrFunction>? afterPass = null, Action<string, IrFunction>? afterStep = null, int processors = 1)
    {
        // Functions do not know of each other.
        CompiledFunction?[] compiled = new CompiledFunction?[module.Functions.Count];
        DiagnosticBag[] problems = new DiagnosticBag[compiled.Length];
        int workers = stage is null && afterPass is null && IsWorthThreads(module) ? processors : 1;
        InParallel.Run(compiled.Length, workers, i =>
        {
            IrFunction function = module.Functions[i];
            PassContext context = new(module, problems[i] = new DiagnosticBag()) { AfterPass = afterPass, AfterStep = afterStep };
            stage?.Invoke($"the passes over '{function.Name}'");
            PassPipeline.Run(function, context);
            stage?.Invoke($"the code of '{function.Name}'");
            compiled[i] = CodeGenerator.Generate(function, context);
        });
        foreach (DiagnosticBag bag in problems)
        {
            foreach (Diagnostic problem in bag.Items) diagnostics.Add(problem);
        }

        if (diagnostics.HasErrors) return null;
        stage?.Invoke("the object");
        List<CompiledFunction> functions = [.. compiled.Select(code => code!)];
        return (ObjectEmitter.Emit(module, functions), functions);
    }

    /// <summary>A thread costs about as much to start as one small program to compile.</summary>
    private static bool IsWorthThreads(IrModule module)
    {
        int values = 0;
        foreach (IrFunction function in module.Functions) values += function.ValueCount;
        return module.Functions.Count > 3 && values > FewValues;
    }
}
