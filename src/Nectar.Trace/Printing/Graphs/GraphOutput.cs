// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing.Graphs;

/// <summary>Which picture.</summary>
internal enum GraphFormat : byte
{
    Folded, Pprof, Svg,
}

/// <summary>Maps as pictures: those with stacks as folded lines, profile or flame graph, histograms as heat maps. Everything else is text on another output.</summary>
/// <param name="to">Where the picture goes, when all is over.</param>
/// <param name="text">Where everything else goes.</param>
internal sealed class GraphOutput(GraphFormat format, OutputStream to, TraceOutput text) : TraceOutput
{
    private readonly SortedDictionary<string, MapResult> _maps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HeatMap> _heat = [];
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private bool _isWritten;

    public override bool IsBroken => to.IsBroken || text.IsBroken;

    public override Bpf.Maps.Errno Problem => to.IsBroken ? to.Problem : text.Problem;

    public override bool ObservesMaps => format == GraphFormat.Svg;

    /// <summary>Takes the maps at this moment: what becomes a column of a heat map.</summary>
    public override void Observe(IEnumerable<MapResult> maps)
    {
        if (format != GraphFormat.Svg) return;
        foreach (MapResult map in maps)
        {
            if (map.Kind != MapResultKind.Histograms) continue;
            foreach ((TraceValue key, TraceValue value) in map.Entries)
            {
                string name = map.IsScalar ? map.Name : $"{map.Name}[{key}]";
                if (!_heat.TryGetValue(name, out HeatMap? heat)) _heat[name] = heat = new HeatMap(name);
                if (value is HistogramValue histogram) heat.Add(_time.Elapsed.TotalSeconds, histogram);
            }
        }
    }

    public override void Map(MapResult map)
    {
        if (map.Kind == MapResultKind.Histograms && format == GraphFormat.Svg) Observe([map]);
        else if (StackSamples.HasStacks(map)) _maps[map.Name] = map;
        else text.Map(map);
    }

    public override void Printf(PrintSite site, ReadOnlySpan<byte> record) => text.Printf(site, record);

    public override void Print(ReadOnlySpan<byte> printed, PrintSeverity severity, SourceSpan where) => text.Print(printed, severity, where);

    public override void Value(TraceValue value) => text.Value(value);

    public override void Time(ReadOnlySpan<byte> written) => text.Time(written);

    public override void Cat(ReadOnlySpan<byte> content) => text.Cat(content);

    public override void Join(ReadOnlySpan<byte> written) => text.Join(written);

    public override void System(ReadOnlySpan<byte> written) => text.System(written);

    public override void Attached(int probes) => text.Attached(probes);

    public override void Lost(long events) => text.Lost(events);

    public override void HelperError(string helper, int result, SourceSpan where) => text.HelperError(helper, result, where);

    public override void RuntimeError(string message, SourceSpan where) => text.RuntimeError(message, where);

    public override void Warn(string message) => text.Warn(message);

    public override void Error(string message) => text.Error(message);

    public override void End()
    {
    }

    public override void Test(IReadOnlyList<string> names, int index, TimeSpan duration, IReadOnlyList<bool> passed, string output) => text.Test(names, index, duration, passed, output);

    public override void Benchmark(IReadOnlyList<string> names, int index, long nanoseconds, long runs) => text.Benchmark(names, index, nanoseconds, runs);

    public override void Idle() => text.Idle();

    public override void Dispose()
    {
        Write();
        to.Dispose();
        text.Dispose();
    }

    private void Write()
    {
        if (_isWritten) return;
        _isWritten = true;
        if (_maps.Count == 0 && _heat.Count == 0) text.Warn("no map has stacks as keys" + (format == GraphFormat.Svg ? ", and none is a histogram: there is nothing to draw" : ": there is nothing to write"));
        switch (format)
        {
            case GraphFormat.Folded: FoldedFormat.Write(to.Buffer, _maps.Values); break;
            case GraphFormat.Pprof: to.Buffer.Append(PprofFormat.Make(_maps.Values)); break;
            default:
                SvgPage page = new();
                foreach (MapResult map in _maps.Values) FlameGraph.Add(page, map);
                foreach (HeatMap heat in _heat.Values) heat.Draw(page);
                to.Buffer.Append(page.ToString());
                break;
        }

        to.Flush();
    }
}
