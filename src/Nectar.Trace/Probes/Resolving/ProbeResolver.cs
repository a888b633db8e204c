// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>What resolving one attach point needs and finds.</summary>
internal sealed class ProbeResolver
{
    private static readonly Dictionary<ProbeKind, Action<ProbeResolver>> s_ways = new()
    {
        [ProbeKind.Begin] = FixedProbes.Plain,
        [ProbeKind.End] = FixedProbes.Plain,
        [ProbeKind.Self] = FixedProbes.Self,
        [ProbeKind.Test] = FixedProbes.Named,
        [ProbeKind.Bench] = FixedProbes.Named,
        [ProbeKind.Profile] = ClockProbes.Resolve,
        [ProbeKind.Interval] = ClockProbes.Resolve,
        [ProbeKind.Software] = PerfEventProbes.Resolve,
        [ProbeKind.Hardware] = PerfEventProbes.Resolve,
        [ProbeKind.Watchpoint] = WatchpointProbes.Resolve,
        [ProbeKind.Tracepoint] = TracepointProbes.Resolve,
        [ProbeKind.RawTracepoint] = RawTracepointProbes.Resolve,
        [ProbeKind.Kprobe] = KernelFunctionProbes.Resolve,
        [ProbeKind.Kretprobe] = KernelFunctionProbes.Resolve,
        [ProbeKind.Fentry] = TrampolineProbes.Resolve,
        [ProbeKind.Fexit] = TrampolineProbes.Resolve,
        [ProbeKind.Iterator] = IteratorProbes.Resolve,
        [ProbeKind.Usdt] = UsdtResolving.Resolve,
        [ProbeKind.Uprobe] = UserFunctionProbes.Resolve,
        [ProbeKind.Uretprobe] = UserFunctionProbes.Resolve,
    };

    private readonly List<ProbeTarget> _targets;

    private ProbeResolver(ParsedPoint point, AttachOptions options, ProbeReporter reporter, List<ProbeTarget> targets) =>
        (Point, Options, Reporter, _targets) = (point, options, reporter, targets);

    public ParsedPoint Point { get; }

    public AttachOptions Options { get; }

    public ProbeReporter Reporter { get; }

    public static void Resolve(ParsedPoint point, AttachOptions options, ProbeReporter reporter, List<ProbeTarget> targets)
    {
        try
        {
            s_ways[point.Kind](new ProbeResolver(point, options, reporter, targets));
        }
        catch (NectarException problem)
        {
            // A file or the kernel's types cannot be read.
            foreach (Diagnostic found in problem.Diagnostics) reporter.Error(found.Message, [.. found.Notes]);
        }
    }

    /// <summary>A hook was found.</summary>
    public void Add(ProbeTarget target) => _targets.Add(target with { ProcessId = Options.ProcessId });

    /// <summary>A hook that is the point itself.</summary>
    public ProbeTarget Same(string? name = null) => new(Point.Kind)
    {
        Name = name ?? Point.Name,
        Group = Point.Target,
        Function = Point.Function,
        Offset = Point.Offset,
        Address = Point.Address,
        Period = Point.Number,
        Length = (int)Point.Length,
        Mode = Point.Mode,
        Pin = Point.Pin,
    };

    public void Error(string message, params ReadOnlySpan<string> notes)
    {
        if (!Point.IsOptional) Reporter.Error(message, notes);
    }

    /// <summary>Nothing has the name that stands there.</summary>
    public void Missing(params ReadOnlySpan<string> notes)
    {
        if (Point.IsOptional) return;
        string target = Point.Target.Length == 0 ? "" : Point.Target + ":";
        Reporter.Missing(Options.Config.MissingProbes, $"No matches for {ProbeProviders.NameOf(Point.Kind)} {target}{Point.Function}", notes);
    }
}
