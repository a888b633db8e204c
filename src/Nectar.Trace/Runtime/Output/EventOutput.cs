// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using System.Threading.Channels;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Printing;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime.Output;

/// <summary>Results as events for C#. If the one who reads them is slow this waits, the ring buffer fills, and the programs count what is lost.</summary>
internal sealed class EventOutput(ChannelWriter<TraceEvent> to) : TraceOutput
{
    private readonly Utf8Buffer _text = new();

    public override void Printf(PrintSite site, ReadOnlySpan<byte> record)
    {
        _text.Clear();
        site.Format.Write(_text, record);
        if (site.Severity == PrintSeverity.Error) Errors++;
        Give(new PrintEvent(_text.ToString(), site.Severity, site.Format.Arguments(record)));
    }

    public override void Print(ReadOnlySpan<byte> text, PrintSeverity severity, SourceSpan where) => Give(new PrintEvent(Encoding.UTF8.GetString(text), severity, []));

    public override void Value(TraceValue value) => Give(new ValueEvent(value));

    public override void Map(MapResult map) => Give(new MapEvent(map));

    public override void Time(ReadOnlySpan<byte> text) => Give("time", text);

    public override void Cat(ReadOnlySpan<byte> content) => Give("cat", content);

    public override void Join(ReadOnlySpan<byte> text) => Give("join", text);

    public override void System(ReadOnlySpan<byte> text) => Give("system", text);

    public override void Raw(ReadOnlySpan<byte> text) => Give("iter", text);

    public override void Attached(int probes)
    {
    }

    public override void Lost(long events) => Give(new LostEvent(events));

    public override void HelperError(string helper, int result, SourceSpan where)
    {
        Errors++;
        Give(new WarningEvent($"{SourcePlace.Describe(where)}: {HelperErrors.Describe(helper, result)} (helper {helper}, result {result})"));
    }

    public override void RuntimeError(string message, SourceSpan where)
    {
        Errors++;
        Give(new WarningEvent($"{SourcePlace.Describe(where)}: {message}"));
    }

    public override void Warn(string message) => Give(new WarningEvent(message));

    public override void Error(string message) => Give(new WarningEvent(message));

    public override void End()
    {
    }

    public override void Test(IReadOnlyList<string> names, int index, TimeSpan duration, IReadOnlyList<bool> passed, string output)
    {
    }

    public override void Benchmark(IReadOnlyList<string> names, int index, long nanoseconds, long runs)
    {
    }

    private void Give(string source, ReadOnlySpan<byte> text) => Give(new TextEvent(source, Encoding.UTF8.GetString(text)));

    private void Give(TraceEvent e)
    {
        while (!to.TryWrite(e))
        {
            if (!to.WaitToWriteAsync().AsTask().GetAwaiter().GetResult()) return; // nobody reads any more
        }
    }
}
