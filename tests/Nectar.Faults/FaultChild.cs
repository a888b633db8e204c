// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Faults;

/// <summary>The process that is killed: it loads, attaches and detaches without end.</summary>
internal static class FaultChild
{
    internal const string Ready = "ready";

    internal static int Run(string phaseName, string tag, string device, string cgroup)
    {
        FaultPhase phase = FaultPhases.Get(phaseName);
        FaultPhases.Cycle(phase, tag, device, cgroup); // what is wrong is told before anybody waits
        Console.WriteLine(Ready);
        while (true) FaultPhases.Cycle(phase, tag, device, cgroup);
    }
}
