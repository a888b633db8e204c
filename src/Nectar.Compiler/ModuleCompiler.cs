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
    /// <summary>Runs all passes, makes code, and puts the object together.</summary>
    /// <param name="module">Consumed: passes change it.</param>
    /// <param name="diagnostics">Receives what cannot be compiled.</param>
    /// <param name="stage">Told what is being done: for the report of a failure.</param>
    /// <param name="afterPass">Called after each pass; null for no one.</param>
    /// <returns>The object and its functions; null if there are errors.</returns>
    public static (BpfObject Object, List<CompiledFunction> Functions)? Compile(IrModule module, DiagnosticBag diagnostics, Action<string>? stage = null, Action<string, IrFunction>? afterPass = null)
    {
        PassContext context = new(module, diagnostics) { AfterPass = afterPass };
        foreach (IrFunction function in module.Functions)
        {
            stage?.Invoke($"the passes over '{function.Name}'");
            PassPipeline.Run(function, context, PassPipeline.Passes);
        }

        List<CompiledFunction> functions = [];
        foreach (IrFunction function in module.Functions)
        {
            stage?.Invoke($"the code of '{function.Name}'");
            if (CodeGenerator.Generate(function, context) is { } code) functions.Add(code);
        }

        if (diagnostics.HasErrors) return null;
        stage?.Invoke("the object");
        return (ObjectEmitter.Emit(module, functions), functions);
    }
}
