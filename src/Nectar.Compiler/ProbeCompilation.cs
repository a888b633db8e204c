// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler;

/// <summary>One probe on its way through the stages: declarations, translation, passes, code, object, verification. Each stage stops at errors.</summary>
internal sealed class ProbeCompilation(ProbeModel probe, CompilerOptions options)
{
    private readonly DiagnosticBag _diagnostics = new();

    private string _stage = "";

    public CompilationResult Run()
    {
        try
        {
            return Compile();
        }
        catch (CompileException exception)
        {
            foreach (Diagnostic diagnostic in exception.Diagnostics) _diagnostics.Add(diagnostic);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // the other probes of the assembly can be compiled all the same
            _diagnostics.Add(ProbeDiagnostics.At(probe.Type, ProbeCodes.CompilerFailure, $"the compiler failed at {_stage}: {exception.GetType().Name}: {exception.Message}",
                [.. (exception.StackTrace ?? "").Split('\n').Take(4).Select(frame => "note: " + frame.Trim())]));
        }

        return Result(null, []);
    }

    private CompilationResult Compile()
    {
        CompilationTarget target = new((int)options.EffectiveCpu, options.Kernel);
        _stage = $"the declarations of '{probe.Type.DisplayName}'";
        if (ProbeModule.Create(probe, target, _diagnostics) is not { } declarations) return Result(null, []);
        _stage = "the translation";
        if (IlFrontend.Translate(declarations) is not { } module) return Result(null, []);
        Dump("front", module);
        if (ModuleCompiler.Compile(module, _diagnostics, stage => _stage = stage, options.DumpAfter is null ? null : (pass, function) => Dump(pass, function)) is not { } made) return Result(null, []);
        _stage = "the verification";
        ImmutableArray<ProgramStatistics> statistics = ProgramChecks.Run(made.Object, made.Functions, options, _diagnostics);
        return Result(_diagnostics.HasErrors ? null : made.Object, statistics);
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
