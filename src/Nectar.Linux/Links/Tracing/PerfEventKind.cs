// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Links.Tracing;

/// <summary>An event that perf counts or samples, with the kernel's numbers.</summary>
/// <param name="Type">The source (<c>enum perf_type_id</c>): 0 hardware, 1 software.</param>
/// <param name="Config">The event in the source.</param>
/// <param name="Name">The name as <c>perf list</c> writes it.</param>
public readonly record struct PerfEventKind(uint Type, ulong Config, string Name)
{
    private static readonly PerfEventKind[] s_known =
    [
        new(1, 0, "cpu-clock"), new(1, 1, "task-clock"), new(1, 2, "page-faults"), new(1, 3, "context-switches"), new(1, 4, "cpu-migrations"),
        new(1, 5, "minor-faults"), new(1, 6, "major-faults"), new(1, 7, "alignment-faults"), new(1, 8, "emulation-faults"), new(1, 9, "dummy"),
        new(1, 10, "bpf-output"), new(1, 11, "cgroup-switches"),
        new(0, 0, "cpu-cycles"), new(0, 1, "instructions"), new(0, 2, "cache-references"), new(0, 3, "cache-misses"), new(0, 4, "branch-instructions"),
        new(0, 5, "branch-misses"), new(0, 6, "bus-cycles"), new(0, 7, "stalled-cycles-frontend"), new(0, 8, "stalled-cycles-backend"), new(0, 9, "ref-cycles"),
    ];

    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.Ordinal)
    {
        ["cpu"] = "cpu-clock",
        ["cs"] = "context-switches",
        ["faults"] = "page-faults",
        ["migrations"] = "cpu-migrations",
        ["cycles"] = "cpu-cycles",
        ["branches"] = "branch-instructions",
        ["backend-stalls"] = "stalled-cycles-backend",
        ["frontend-stalls"] = "stalled-cycles-frontend",
    };

    /// <summary>The processor's clock: samples whatever runs.</summary>
    public static PerfEventKind CpuClock => s_known[0];

    /// <summary>The time that a task runs.</summary>
    public static PerfEventKind TaskClock => s_known[1];

    /// <summary>Page faults.</summary>
    public static PerfEventKind PageFaults => s_known[2];

    /// <summary>Switches from task to task.</summary>
    public static PerfEventKind ContextSwitches => s_known[3];

    /// <summary>Cycles of the processor; needs a hardware counter, which virtual machines often lack.</summary>
    public static PerfEventKind Cycles => s_known[12];

    /// <summary>True for events that the kernel counts itself, on every machine.</summary>
    public bool IsSoftware => Type == 1;

    /// <summary>All events that have names here.</summary>
    public static ReadOnlySpan<PerfEventKind> Known => s_known;

    /// <summary>Finds an event by the name that <c>perf list</c> writes, or one of its short forms.</summary>
    public static bool TryParse(string name, out PerfEventKind kind)
    {
        ArgumentNullException.ThrowIfNull(name);
        string full = s_aliases.GetValueOrDefault(name, name);
        foreach (PerfEventKind known in s_known)
        {
            if (known.Name != full) continue;
            kind = known;
            return true;
        }

        kind = default;
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => Name ?? "";
}
