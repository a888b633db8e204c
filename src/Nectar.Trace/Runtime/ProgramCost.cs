// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Programs;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Runtime;

/// <summary>What a program of a script cost while it ran. The kernel counts only while statistics are on (<c>BPF_ENABLE_STATS</c>, 5.8).</summary>
/// <param name="Probe">The program and its hooks.</param>
/// <param name="Instructions">As we made it.</param>
/// <param name="MachineBytes">As the kernel compiled it; 0 where it does not say.</param>
/// <param name="Runs">How often it ran.</param>
/// <param name="Nanoseconds">How long it ran in total.</param>
/// <param name="Missed">How often the kernel left it out because it was running already.</param>
internal sealed record ProgramCost(PlannedProbe Probe, int Instructions, uint MachineBytes, ulong Runs, ulong Nanoseconds, ulong Missed)
{
    public static ProgramCost Read(PlannedProbe probe, KernelProgram program)
    {
        ProgramInfo info = program.GetInfo();
        return new ProgramCost(probe, (int)(info.TranslatedSize / 8), info.JitedSize, info.RunCount, info.RunTimeNs, info.RecursionMisses);
    }
}
