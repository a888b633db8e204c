// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Linux.Cleanup;

namespace Nectar.Faults;

/// <summary>
/// Kills processes at random moments of loading, attaching and detaching. What the kernel ties to a descriptor must be gone by itself;
/// what it keeps must be found and removed by a cleanup.
/// </summary>
public static class KillRun
{
    /// <summary>Runs and kills processes, each in the next phase.</summary>
    public static FaultReport Run(int count) => FaultPlace.Run((place, report) =>
    {
        Random random = new(count);
        string tag = string.Create(CultureInfo.InvariantCulture, $"fk{Environment.ProcessId:x}");
        KernelState state = new(tag);
        Dictionary<string, (int Killed, int Left)> phases = [];
        int removed = 0;
        for (int i = 0; i < count; i++)
        {
            FaultPhase phase = FaultPhases.All[i % FaultPhases.All.Length];
            if (KillOne(place, phase, tag, random, report) is not { } child) continue;
            List<string> left = phase.IsLeftByKernel ? ReadAfterGrace(state, child) : state.WaitForNothing([child]);
            (int killed, int kept) = phases.GetValueOrDefault(phase.Name);
            phases[phase.Name] = (killed + 1, kept + (left.Count > 0 ? 1 : 0));
            if (!phase.IsLeftByKernel)
            {
                report.Problems.AddRange(left.Select(one => $"killed while in '{phase.Name}': left: {one}"));
                continue;
            }

            foreach (Leftover leftover in Leftovers.Find().Where(leftover => leftover.ProcessId == child))
            {
                if (leftover.Remove()) removed++;
                else report.Problems.Add($"killed while in '{phase.Name}': cannot be removed: {leftover}");
            }

            report.Problems.AddRange(state.WaitForNothing([child]).Select(one => $"killed while in '{phase.Name}': left after the cleanup: {one}"));
        }

        foreach ((string name, (int killed, int left)) in phases) report.Lines.Add($"{name}: killed {killed} times{(FaultPhases.Get(name).IsLeftByKernel ? $", the kernel kept something {left} times" : "")}");
        report.Lines.Add($"{removed} leftovers removed by the cleanup");
        if (Leftovers.Find().Where(leftover => leftover.Description.Contains(tag, StringComparison.Ordinal)).ToArray() is { Length: > 0 } rest) report.Problems.Add($"the cleanup still finds {rest.Length} leftovers");
    });

    private static int? KillOne(FaultPlace place, FaultPhase phase, string tag, Random random, FaultReport report)
    {
        using Process child = place.StartChild(phase.Name, tag);
        try
        {
            string? line = child.StandardOutput.ReadLine();
            if (line != FaultChild.Ready)
            {
                child.WaitForExit();
                report.Problems.Add($"the child for '{phase.Name}' ended by itself: {child.StandardError.ReadToEnd()}");
                return null;
            }

            // Cycles take from 0.2 ms to some milliseconds, so any moment of one is hit.
            Thread.Sleep(random.Next(12));
            long until = Stopwatch.GetTimestamp() + random.Next(1_000_000);
            while (Stopwatch.GetTimestamp() < until) Thread.SpinWait(10);
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }

        return child.Id;
    }

    /// <summary>What is there once that which goes by itself had the time to go.</summary>
    private static List<string> ReadAfterGrace(KernelState state, int child)
    {
        Thread.Sleep(100);
        try
        {
            return state.Read([child]);
        }
        catch (Bpf.Diagnostics.KernelException)
        {
            return ["an object that ended while it was looked at"];
        }
    }
}
