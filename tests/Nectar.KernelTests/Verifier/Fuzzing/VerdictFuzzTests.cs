// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Nectar.Tests.Verifier.Fuzzing;

namespace Nectar.KernelTests.Verifier.Fuzzing;

/// <summary>A short run of what <c>bench/verifier-fuzz</c> runs at length.</summary>
public sealed class VerdictFuzzTests
{
    [KernelFact(Kernel = "6.18")]
    public void Verify_GeneratedPrograms_AgreesWithThisKernel()
    {
        using KernelJudge judge = new();
        string known = Path.Combine(Repository.Root, "tests", "Nectar.KernelTests", "Verifier", "Fuzzing", "known-disagreements.txt");
        VerdictComparison comparison = new(judge, VerdictComparison.ReadKnown(known));
        for (int seed = 0; seed < 1500; seed++) comparison.Compare(FuzzGenerator.Structured(seed));
        Assert.Empty(comparison.UnknownUnsound);
        Assert.True(comparison.BothAccept > 300 && comparison.BothRefuse > 300, $"{comparison.BothAccept} accepted, {comparison.BothRefuse} refused");
        Assert.True(comparison.BothAccept + comparison.BothRefuse > 0.99 * comparison.Programs, string.Join('\n', comparison.Classes.Select(c => $"{c.Value.Count} {c.Key} (seed {c.Value.Seed})")));
    }
}
