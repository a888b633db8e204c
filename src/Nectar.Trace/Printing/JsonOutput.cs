// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing;

/// <summary>Results as JSON, one object a line.</summary>
/// <param name="isStrict">Keys of maps keep their blanks (<see cref="JsonFormat.WriteMap"/>).</param>
internal sealed class JsonOutput(OutputStream to, OutputStream errors, bool isStrict = false) : TraceOutput
{
    private readonly Utf8Buffer _text = new();

    public override bool IsBroken => to.IsBroken;

    public override Bpf.Maps.Errno Problem => to.Problem;

    private Utf8Buffer Line => to.Buffer;

    public override void Printf(PrintSite site, ReadOnlySpan<byte> record)
    {
        _text.Clear();
        site.Format.Write(_text, record);
        Print(_text.Written, site.Severity, site.Where);
    }

    public override void Print(ReadOnlySpan<byte> text, PrintSeverity severity, SourceSpan where)
    {
        if (severity == PrintSeverity.None)
        {
            Data("printf"u8, text);
            return;
        }

        bool isError = severity == PrintSeverity.Error;
        if (isError) Errors++;
        Line.Append(isError ? "{\"type\": \"errorf\", \"msg\": "u8 : "{\"type\": \"warnf\", \"msg\": "u8);
        JsonFormat.WriteString(Line, text);
        Where(where);
    }

    public override void Value(TraceValue value)
    {
        Line.Append("{\"type\": \"value\", \"data\": "u8);
        JsonFormat.Write(Line, value);
        End("}"u8);
    }

    public override void Map(MapResult map)
    {
        if (map.Entries.IsEmpty) return;
        Line.Append("{\"type\": \""u8);
        Line.Append(map.Kind switch
        {
            MapResultKind.Statistics => "stats"u8,
            MapResultKind.Histograms => "hist"u8,
            MapResultKind.TimeSeries => "tseries"u8,
            _ => "map"u8,
        });
        Line.Append("\", \"data\": {"u8);
        JsonFormat.WriteString(Line, map.Name);
        Line.Append(": "u8);
        JsonFormat.WriteMap(Line, map, isStrict);
        End("}}"u8);
    }

    public override void Time(ReadOnlySpan<byte> text) => Data("time"u8, text);

    public override void Cat(ReadOnlySpan<byte> content) => Data("cat"u8, content);

    public override void Join(ReadOnlySpan<byte> text) => Data("join"u8, text);

    public override void System(ReadOnlySpan<byte> text) => Data("syscall"u8, text);

    public override void Raw(ReadOnlySpan<byte> text)
    {
        Line.Append(text);
        to.Commit();
    }

    public override void Attached(int probes) => Counted("{\"type\": \"attached_probes\", \"count\": "u8, ", \"data\": {\"probes\": "u8, probes);

    public override void Lost(long events) => Counted("{\"type\": \"lost_events\", \"count\": "u8, ", \"data\": {\"events\": "u8, events);

    public override void HelperError(string helper, int result, SourceSpan where)
    {
        Errors++;
        Line.Append("{\"type\": \"helper_error\", \"msg\": "u8);
        JsonFormat.WriteString(Line, Marshal.GetPInvokeErrorMessage(Math.Abs(result)));
        Line.Append(", \"helper\": "u8);
        JsonFormat.WriteString(Line, helper);
        Line.Append(", \"retcode\": "u8);
        Line.AppendDecimal((long)result);
        Where(where);
    }

    public override void RuntimeError(string message, SourceSpan where)
    {
        Errors++;
        Line.Append("{\"type\": \"runtime_error\", \"msg\": "u8);
        JsonFormat.WriteString(Line, message);
        Where(where);
    }

    public override void Warn(string message) => Tell("WARNING: " + message);

    public override void Error(string message) => Tell("ERROR: " + message);

    public override void End()
    {
    }

    public override void Test(IReadOnlyList<string> names, int index, TimeSpan duration, IReadOnlyList<bool> passed, string output)
    {
        Named("test_result"u8, names[index]);
        Line.Append("{\"duration\": "u8);
        Line.AppendDecimal((long)duration.TotalNanoseconds);
        Line.Append(passed[index] ? ", \"passed\": true, \"output\": "u8 : ", \"passed\": false, \"output\": "u8);
        JsonFormat.WriteString(Line, output);
        End("}}}"u8);
    }

    public override void Benchmark(IReadOnlyList<string> names, int index, long nanoseconds, long runs)
    {
        Named("benchmark_result"u8, names[index]);
        Line.Append("{\"average\": "u8);
        Line.AppendDecimal(nanoseconds);
        Line.Append(", \"iters\": "u8);
        Line.AppendDecimal(runs);
        End("}}}"u8);
    }

    public override void Idle()
    {
        to.Idle();
        errors.Idle();
    }

    public override void Dispose()
    {
        to.Dispose();
        errors.Dispose();
    }

    private void Named(ReadOnlySpan<byte> type, string name)
    {
        Line.Append("{\"type\": \""u8);
        Line.Append(type);
        Line.Append("\", \"data\": {"u8);
        JsonFormat.WriteString(Line, name);
        Line.Append(": "u8);
    }

    private void Data(ReadOnlySpan<byte> type, ReadOnlySpan<byte> text)
    {
        Line.Append("{\"type\": \""u8);
        Line.Append(type);
        Line.Append("\", \"data\": "u8);
        JsonFormat.WriteString(Line, text);
        End("}"u8);
    }

    private void Counted(ReadOnlySpan<byte> start, ReadOnlySpan<byte> middle, long count)
    {
        Line.Append(start);
        Line.AppendDecimal(count);
        Line.Append(middle);
        Line.AppendDecimal(count);
        End("}}"u8);
    }

    private void Where(SourceSpan where)
    {
        Line.Append(", \"filename\": "u8);
        JsonFormat.WriteString(Line, where.File ?? "");
        Line.Append(", \"line\": "u8);
        Line.AppendDecimal((long)where.Line);
        Line.Append(", \"col\": "u8);
        Line.AppendDecimal((long)where.Column);
        End("}"u8);
    }

    private void End(ReadOnlySpan<byte> braces)
    {
        Line.Append(braces);
        Line.Append((byte)'\n');
        to.Commit();
    }

    private void Tell(string text)
    {
        to.Idle();
        errors.Buffer.Append(text + "\n");
        errors.Flush();
    }
}
