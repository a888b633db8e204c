// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.CompilerTests.Generation;

public sealed class GeneratorTests
{
    [Fact]
    public void Make_SameSeed_SameText() => Assert.Equal(GeneratedProbes.Make(7, 40, 20).Files, GeneratedProbes.Make(7, 40, 20).Files);

    [Fact]
    public void Run_OnDotnet_ResultsDependOnInputs()
    {
        (List<(string, string)> files, List<GeneratedMethod> methods) = GeneratedProbes.Make(1, 100, 20);
        ManagedRun managed = new(CSharp.Compile("generator", files));
        int varied = 0, aborted = 0;
        foreach (GeneratedMethod method in methods)
        {
            MachineOutcome outcome = managed.Run(method, GeneratedProbes.Packets(1, 8));
            if (outcome.Runs.Select(run => Convert.ToHexString(run.Packet[^8..])).Distinct().Count() > 4) varied++;
            if (outcome.Runs.Any(run => run.Result == 0)) aborted++;
        }

        Assert.InRange(varied, 85, 100);
        Assert.InRange(aborted, 1, 30);
    }
}
