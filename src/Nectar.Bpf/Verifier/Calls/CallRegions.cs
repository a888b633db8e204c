// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Regions in which nothing may sleep.</summary>
internal static class CallRegions
{
    internal static void NeedSleep(Analysis a, string name)
    {
        if (a.State.ActiveRcuLocks > 0) a.Refuse(ViolationKind.SleepInRegion, -1, $"{name} may sleep, but an RCU section is open");
        if (a.State.ActivePreemptLocks > 0) a.Refuse(ViolationKind.SleepInRegion, -1, $"{name} may sleep, but preemption is disabled");
        if (a.State.ActiveIrqId != 0) a.Refuse(ViolationKind.SleepInRegion, -1, $"{name} may sleep, but interrupts are off");
    }
}
