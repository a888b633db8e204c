// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Compiler.Codegen;

namespace Nectar.Compiler;

/// <summary>Counts what programs became, and verifies them: what a kernel would refuse is an error of the compilation, at its place in the source.</summary>
internal static class ProgramChecks
{
    public static ImmutableArray<ProgramStatistics> Run(BpfObject made, IReadOnlyList<CompiledFunction> functions, CompilerOptions options, DiagnosticBag diagnostics)
    {
        ImmutableArray<ProgramStatistics>.Builder statistics = ImmutableArray.CreateBuilder<ProgramStatistics>(made.Programs.Count);
        Dictionary<string, int> frames = functions.ToDictionary(function => function.Function.Name, function => function.FrameSize, StringComparer.Ordinal);
        foreach (ProgramDefinition program in made.Programs)
        {
            LinkedProgram linked = ProgramLinker.Link(made, program);
            int stack = frames[program.Name];
            long walked = 0;
            string? unverified = !options.Verify ? "was not asked for" : NeedsKernel(made, program, linked) && options.KernelTypes is null ? "needs the kernel's types" : null;
            if (unverified is null)
            {
                VerificationResult result = ProgramVerifier.Verify(made, program.Name, new VerifierOptions { Kernel = options.Kernel ?? KernelVersion.Newest, KernelTypes = options.KernelTypes });
                (walked, stack) = (result.Statistics.InstructionsWalked, Math.Max(stack, result.Statistics.StackDepth));
                if (result.Explanation is { } explanation) diagnostics.Add(explanation.ToDiagnostic());
            }

            statistics.Add(new ProgramStatistics(program.Name, program.Section, linked.Instructions.Length, stack, walked, unverified));
        }

        return statistics.MoveToImmutable();
    }

    /// <summary>True for programs that mean nothing without a kernel: they read its structs, call its functions or are attached to them.</summary>
    private static bool NeedsKernel(BpfObject made, ProgramDefinition program, LinkedProgram linked) => linked.CoreRelocations.Length > 0 || made.Externs.Count > 0
        || (SectionNames.TryParse(program.Section, out SectionDefinition? kind, out _, out _) && (kind.Traits & SectionTraits.BtfTarget) != 0)
        || program.Type is ProgramType.StructOps;
}
