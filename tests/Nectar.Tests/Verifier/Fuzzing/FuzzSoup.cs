// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Verifier;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Feeds the verifier any instructions at all and holds it to its promises: a verdict, never an exception, never beyond its budget.</summary>
internal sealed class FuzzSoup
{
    private static readonly VerifierOptions s_options = new() { Mode = VerifierMode.Paths, Budget = new VerifierBudget { Instructions = 50_000, Time = TimeSpan.FromSeconds(2), States = 20_000 } };

    public long Programs { get; private set; }

    public long Accepted { get; private set; }

    public double SlowestMs { get; private set; }

    public int SlowestSeed { get; private set; }

    public List<string> Failures { get; } = [];

    public void Try(FuzzProgram program)
    {
        Programs++;
        try
        {
            long started = Stopwatch.GetTimestamp();
            VerificationResult result = FuzzVerification.Verify(program, s_options);
            TimeSpan took = Stopwatch.GetElapsedTime(started);
            if (took.TotalMilliseconds > SlowestMs) (SlowestMs, SlowestSeed) = (took.TotalMilliseconds, program.Seed);
            if (result.IsAccepted) Accepted++;
            // a step is looked at before it is taken, and a busy machine takes its time
            bool isOver = result.Statistics.InstructionsWalked > s_options.Budget.Instructions + 1 || took > s_options.Budget.Time * 3;
            if (isOver) Failures.Add($"seed {program.Seed}: {result.Statistics.InstructionsWalked} instructions in {took.TotalSeconds:F1} s");
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            Failures.Add($"seed {program.Seed}: {problem}");
        }
    }
}
