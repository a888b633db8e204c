// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Xunit;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>A short run of what <c>bench/verifier-fuzz</c> runs at length.</summary>
public sealed class FuzzingTests
{
    [Fact]
    public void Verify_AnyInstructions_GivesAVerdictWithinItsBudget()
    {
        FuzzSoup soup = new();
        for (int seed = 0; seed < 5_000 && soup.Failures.Count < 10; seed++) soup.Try(FuzzGenerator.Soup(seed));
        Assert.True(soup.Failures.Count == 0, string.Join('\n', soup.Failures));
        Assert.InRange(soup.Accepted, 100, soup.Programs - 100);
    }

    [Fact]
    public void Verify_AcceptedPrograms_HoldWhatTheVerifierKnows()
    {
        FuzzContainment containment = new();
        for (int seed = 0; seed < 600 && containment.Violations.Count < 10; seed++)
        {
            containment.Try(seed % 3 == 0 ? FuzzGenerator.Structured(seed) : FuzzGenerator.Careful(seed, FuzzProfile.All[seed % FuzzProfile.All.Length]), 4);
        }
        Assert.True(containment.Violations.Count == 0, string.Join('\n', containment.Violations));
        Assert.True(containment.Programs > 200 && containment.Steps > 10_000, $"{containment.Programs} programs, {containment.Steps} steps");
    }
}
