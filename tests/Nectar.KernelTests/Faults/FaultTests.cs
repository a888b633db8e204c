// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Faults;

namespace Nectar.KernelTests.Faults;

/// <summary>A short run of what <c>bench/faults</c> does at length: nothing is left by cycles and by killed processes.</summary>
[Collection(nameof(FaultTests))] // they count descriptors of this process and objects of the kernel
public sealed class FaultTests
{
    [NetworkFact("tc", "dotnet")]
    public void Cycles_LeaveNothing()
    {
        FaultReport report = CycleRun.Run(300);
        Assert.True(report.Problems.Count == 0, string.Join('\n', report.Problems));
    }

    [NetworkFact("tc", "dotnet")]
    public void KilledProcesses_LeaveNothingThatCleanupDoesNotRemove()
    {
        FaultReport report = KillRun.Run(2 * FaultPhases.All.Length);
        Assert.True(report.Problems.Count == 0, string.Join('\n', report.Problems));
    }
}

/// <summary>Alone, because other tests open descriptors.</summary>
[CollectionDefinition(nameof(FaultTests), DisableParallelization = true)]
public sealed class FaultTestsAlone;
