// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Fuzz;

/// <summary>A short run of what <c>bench/fuzz</c> runs at length.</summary>
public sealed class ShortFuzzTests
{
    [Theory]
    [InlineData("pcap", 5000)]
    [InlineData("asm", 5000)]
    [InlineData("classic", 5000)]
    [InlineData("program", 3000)]
    public void Try_MutatedInputs_OnlyReports(string target, int runs)
    {
        FuzzRun run = new();
        run.Run(new Mutator(FuzzTargets.Seeds(target), 11).Next, input => FuzzTargets.Try(target, input), runs, TimeSpan.FromSeconds(20));
        Assert.True(run.Failures.Count == 0, string.Join('\n', run.Failures.Select(failure => failure.Problem)));
        Assert.True(run.Runs > 500 && run.Accepted > 0, $"{run.Runs} runs, {run.Accepted} accepted");
    }
}
