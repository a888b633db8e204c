// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>One program with what the verifier found, and the code that it looked at.</summary>
/// <param name="Report">What is shown.</param>
/// <param name="Linked">The code; null if it could not be linked.</param>
/// <param name="Visits">How often each slot was walked.</param>
public sealed record VerifiedProgram(ProgramReport Report, LinkedProgram? Linked, IReadOnlyList<int> Visits);

/// <summary>Verifies the programs of objects and reports each; a program that cannot be judged is a row, not the end.</summary>
public static class ObjectVerification
{
    /// <summary>The kernels of the matrix, oldest first.</summary>
    public static IReadOnlyList<KernelVersion> Kernels { get; } = [new(5, 4), new(5, 10), new(5, 15), new(6, 1), new(6, 6), new(6, 12), new(6, 18)];

    /// <summary>Verifies one program.</summary>
    /// <param name="source">The object.</param>
    /// <param name="program">The program, of this object.</param>
    /// <param name="options">How.</param>
    public static VerifiedProgram Verify(BpfObject source, ProgramDefinition program, VerifierOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        ProgramReport report = new() { Object = source.Name, Program = program.Name, Type = program.Type.ToString(), Kernel = options.Kernel.ToString(), Verdict = Verdict.NotJudged };
        LinkedProgram? linked = null;
        try
        {
            linked = ProgramLinker.Link(source, program);
            VerificationResult result = ProgramVerifier.Verify(source, program.Name, options);
            VerifierStatistics statistics = result.Statistics;
            report = report with
            {
                Verdict = result.IsAccepted ? Verdict.Accept : Verdict.Refuse,
                Instructions = linked.Instructions.Length,
                Walked = statistics.InstructionsWalked,
                States = statistics.States,
                PeakStates = statistics.PeakStates,
                Microseconds = (long)statistics.Time.TotalMicroseconds,
                StackBytes = statistics.StackDepth,
                DecidedBy = result.DecidedBy.ToString(),
                Explanation = result.Explanation,
            };
            return new VerifiedProgram(report, linked, statistics.Visits);
        }
        catch (NectarException problem)
        {
            return new VerifiedProgram(report with { Problem = problem.Diagnostics[0].Message, Instructions = linked?.Instructions.Length ?? 0 }, linked, []);
        }
    }
}
