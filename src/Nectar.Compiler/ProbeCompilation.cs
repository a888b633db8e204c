// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Emit;
using Nectar.Compiler.Frontends.IL;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;

namespace Nectar.Compiler;

/// <summary>One probe on its way through the stages: declarations, translation, passes, code, object, verification. Each stage stops at errors.</summary>
internal sealed class ProbeCompilation(ProbeModel probe, CompilerOptions options)
{
    private readonly DiagnosticBag _diagnostics = new();

    public CompilationResult Run()
    {
        CompilationTarget target = new((int)options.Cpu, options.Kernel);
        if (ProbeModule.Create(probe, target, _diagnostics) is not { } declarations || IlFrontend.Translate(declarations) is not { } module) return Result(null, []);
        Dump("front", module);
        PassPipeline.Run(module, new PassContext(module, _diagnostics) { AfterPass = options.DumpAfter is null ? null : (pass, function) => Dump(pass, function) });
        List<CompiledFunction> functions = [];
        PassContext context = new(module, _diagnostics);
        foreach (IrFunction function in module.Functions)
        {
            if (CodeGenerator.Generate(function, context) is { } code) functions.Add(code);
        }

        if (_diagnostics.HasErrors) return Result(null, []);
        BpfObject made = ObjectEmitter.Emit(module, functions);
        ImmutableArray<ProgramStatistics> statistics = ProgramChecks.Run(made, functions, options, _diagnostics);
        return Result(_diagnostics.HasErrors ? null : made, statistics);
    }

    private CompilationResult Result(BpfObject? made, ImmutableArray<ProgramStatistics> programs) => new(probe.Type.FullName, made, _diagnostics.ToImmutable(), programs);

    private void Dump(string pass, IrModule module)
    {
        if (options.DumpAfter is null) return;
        foreach (IrFunction function in module.Functions) Dump(pass, function);
    }

    private void Dump(string pass, IrFunction function)
    {
        if (options.DumpAfter == pass || options.DumpAfter == "all") options.DumpSink?.Invoke($"; {function.Name} after {pass}\n{IrPrinter.Print(function)}");
    }
}
