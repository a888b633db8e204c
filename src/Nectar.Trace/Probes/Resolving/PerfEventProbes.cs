// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Links.Tracing;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>software and hardware.</summary>
internal static class PerfEventProbes
{
    // Numbers: enum perf_sw_ids and perf_hw_id of linux/perf_event.h.
    public static readonly CountedEvent[] Software =
    [
        new("alignment-faults", "", 7, 1), new("bpf-output", "", 10, 1), new("context-switches", "cs", 3, 1000), new("cpu-clock", "cpu", 0, 1_000_000),
        new("cpu-migrations", "", 4, 1), new("dummy", "", 9, 1), new("emulation-faults", "", 8, 1), new("major-faults", "", 6, 1),
        new("minor-faults", "", 5, 100), new("page-faults", "faults", 2, 100), new("task-clock", "", 1, 1),
    ];

    public static readonly CountedEvent[] Hardware =
    [
        new("backend-stalls", "", 8, 1_000_000), new("branch-instructions", "branches", 4, 100_000), new("branch-misses", "", 5, 100_000), new("bus-cycles", "", 6, 100_000),
        new("cache-misses", "", 3, 1_000_000), new("cache-references", "", 2, 1_000_000), new("cpu-cycles", "cycles", 0, 1_000_000), new("frontend-stalls", "", 7, 1_000_000),
        new("instructions", "", 1, 1_000_000), new("ref-cycles", "", 9, 1_000_000),
    ];

    public static void Resolve(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        string kind = ProbeProviders.NameOf(point.Kind);
        if (point.Target.Length == 0) resolver.Error($"{kind} probe must have a {kind} event name");
        else if (Wildcard.Is(point.Target)) resolver.Error($"wildcards are not allowed for {kind} probe type");
        else if (Find(point.Kind, point.Target) is null) resolver.Error($"{point.Target} is not a {kind} probe", NearestNames.Help(point.Target, EventsOf(point.Kind).Select(e => e.Name)));
        else if (point.Number > long.MaxValue) resolver.Error($"{kind} count should be a positive integer");
        else resolver.Add(resolver.Same() with { Group = "", Function = point.Target });
    }

    public static CountedEvent[] EventsOf(ProbeKind kind) => kind == ProbeKind.Software ? Software : Hardware;

    public static CountedEvent? Find(ProbeKind kind, string name) => Array.Find(EventsOf(kind), e => e.Name == name || (e.Alias.Length > 0 && e.Alias == name));

    /// <summary>As the kernel numbers it.</summary>
    public static PerfEventKind KindOf(ProbeTarget target)
    {
        CountedEvent found = Find(target.Kind, target.Function)!;
        return new PerfEventKind(target.Kind == ProbeKind.Software ? 1u : 0u, found.Config, found.Name);
    }
}
