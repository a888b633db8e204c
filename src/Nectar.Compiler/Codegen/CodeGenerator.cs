// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Codegen.Allocation;
using Nectar.Compiler.Codegen.Finishing;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Codegen.Preparation;
using Nectar.Compiler.Codegen.Selection;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;

namespace Nectar.Compiler.Codegen;

/// <summary>Makes instructions of a function whose operations have been lowered. The function is used up: its last changes are made in place.</summary>
internal static class CodeGenerator
{
    /// <summary>The most slots that kernels take from the privileged (<c>BPF_COMPLEXITY_LIMIT_INSNS</c>).</summary>
    public const int MaxInstructions = 1_000_000;

    /// <summary>The code, or null if something cannot be compiled, which is reported.</summary>
    public static CompiledFunction? Generate(IrFunction function, PassContext context)
    {
        CodePreparation.Run(function, context.Target);
        context.AfterStep?.Invoke(nameof(CodePreparation), function);
        if (Selector.Run(function, context, function.Dominance) is not { } machine) return null;
        context.AfterStep?.Invoke(nameof(Selector), function);
        RegisterAssignment.Run(machine);
        context.AfterStep?.Invoke(nameof(RegisterAssignment), function);
        BlockCleanup.Run(machine);
        int frameSize = FrameLayout.Run(machine, out List<FramePart> frame);
        if (frameSize > FrameLayout.Limit)
        {
            FrameDiagnostic.Report(function, frame, frameSize, context.Diagnostics);
            return null;
        }

        CompiledFunction code = CodeWriter.Write(machine, BlockOrder.Choose(machine), frameSize, frame);
        context.AfterStep?.Invoke(nameof(CodeWriter), function);
        if (code.Instructions.Length <= MaxInstructions) return code;
        context.Diagnostics.Add(CodegenDiagnostics.At(function.Location, CodegenCodes.CodeTooLarge,
            $"'{function.Name}' has {code.Instructions.Length} instructions; kernels take at most {MaxInstructions}", "help: make loops of repeated code, or subprograms"));
        return null;
    }
}
