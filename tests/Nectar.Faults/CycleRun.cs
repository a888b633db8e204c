// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;

namespace Nectar.Faults;

/// <summary>Loads, attaches and detaches many times in one process: neither the process nor the kernel may keep anything.</summary>
public static class CycleRun
{
    /// <summary>Runs cycles of all phases in turn. Phases whose detaching takes the kernel long (single uprobes, about 0.1 s each) get one cycle in fifty.</summary>
    public static FaultReport Run(int count) => FaultPlace.Run((place, report) =>
    {
        string tag = string.Create(CultureInfo.InvariantCulture, $"fc{Environment.ProcessId:x}");
        KernelState state = new(tag);
        foreach (FaultPhase phase in FaultPhases.All) FaultPhases.Cycle(phase, tag, FaultPlace.Device, place.Cgroup); // code and files that the first use opens
        int descriptors = Descriptors();
        Stopwatch time = Stopwatch.StartNew();
        Dictionary<string, int> done = [];
        for (int i = 0, turn = 0; i < count; turn++)
        {
            FaultPhase phase = FaultPhases.All[turn % FaultPhases.All.Length];
            if (phase.Name.StartsWith("uprobe", StringComparison.Ordinal) && turn / FaultPhases.All.Length % 50 != 0) continue;
            FaultPhases.Cycle(phase, tag, FaultPlace.Device, place.Cgroup);
            done[phase.Name] = done.GetValueOrDefault(phase.Name) + 1;
            i++;
        }

        time.Stop();
        report.Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{count} cycles in {time.Elapsed.TotalSeconds:0.0} s: {string.Join(", ", done.Select(one => $"{one.Key} {one.Value}"))}"));
        report.Problems.AddRange(state.WaitForNothing([Environment.ProcessId]).Select(left => $"left after {count} cycles: {left}"));
        // Others of this process (tests, the runtime) open files, too: far fewer than one for each cycle.
        int more = Descriptors() - descriptors;
        report.Lines.Add($"descriptors of BPF objects and sockets before and after: {descriptors}, {descriptors + more}");
        if (more > 0) report.Problems.Add($"{more} descriptors more than before");
    });

    /// <summary>Descriptors of the kinds that attaching opens.</summary>
    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget is { } target && (target.Contains("bpf", StringComparison.Ordinal) || target.Contains("perf_event", StringComparison.Ordinal)));
}
