// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Printing;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime.Recording;

/// <summary>Keeps all results in a file, and hands them on. What was written up to the last pause can be read whatever happens to the process.</summary>
internal sealed class RecordingOutput : TraceOutput
{
    private const int MostHeld = 1 << 16;

    private readonly TraceOutput _next;
    private readonly DeflateStream _file;
    private readonly EntryWriter _entry = new();
    private readonly EntryWriter _held = new();
    private readonly Utf8Buffer _text = new();
    private long _last = Stopwatch.GetTimestamp();

    /// <exception cref="TraceException">The file cannot be made (NEC5362).</exception>
    public RecordingOutput(string path, TraceOutput next, string source)
    {
        _next = next;
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TraceException(Diagnostic.Error(TraceCodes.OutputFile, $"cannot write recording '{path}': {problem.Message}"));
        }

        Span<byte> header = stackalloc byte[8];
        header.Clear();
        RecordingFormat.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], RecordingFormat.Version);
        file.Write(header);
        _file = new DeflateStream(file, CompressionLevel.Fastest);
        _entry.Number(TimeText.Now);
        _entry.Text(source);
        Put(EntryKind.Start);
    }

    public override bool IsBroken => _next.IsBroken;

    public override Bpf.Maps.Errno Problem => _next.Problem;

    public override bool ObservesMaps => _next.ObservesMaps;

    public override void Observe(IEnumerable<MapResult> maps) => _next.Observe(maps);

    public override void Printf(PrintSite site, ReadOnlySpan<byte> record)
    {
        _text.Clear();
        site.Format.Write(_text, record);
        Print(_text.Written, site.Severity, site.Where);
    }

    public override void Print(ReadOnlySpan<byte> text, PrintSeverity severity, SourceSpan where)
    {
        _entry.Buffer.Append((byte)severity);
        if (severity != PrintSeverity.None) _entry.Place(where);
        _entry.Bytes(text);
        Put(EntryKind.Print);
        _next.Print(text, severity, where);
        Errors = _next.Errors;
    }

    public override void Value(TraceValue value)
    {
        _entry.Value(value);
        Put(EntryKind.Value);
        _next.Value(value);
    }

    public override void Map(MapResult map)
    {
        _entry.Map(map);
        Put(EntryKind.Map);
        _next.Map(map);
    }

    public override void Time(ReadOnlySpan<byte> text)
    {
        PutText(EntryKind.Time, text);
        _next.Time(text);
    }

    public override void Cat(ReadOnlySpan<byte> content)
    {
        PutText(EntryKind.Cat, content);
        _next.Cat(content);
    }

    public override void Join(ReadOnlySpan<byte> text)
    {
        PutText(EntryKind.Join, text);
        _next.Join(text);
    }

    public override void System(ReadOnlySpan<byte> text)
    {
        PutText(EntryKind.System, text);
        _next.System(text);
    }

    public override void Raw(ReadOnlySpan<byte> text)
    {
        PutText(EntryKind.Raw, text);
        _next.Raw(text);
    }

    public override void Attached(int probes)
    {
        _entry.Number((ulong)probes);
        Put(EntryKind.Attached);
        _next.Attached(probes);
    }

    public override void Lost(long events)
    {
        _entry.Number((ulong)events);
        Put(EntryKind.Lost);
        _next.Lost(events);
    }

    public override void HelperError(string helper, int result, SourceSpan where)
    {
        _entry.Text(helper);
        _entry.Signed(result);
        _entry.Place(where);
        Put(EntryKind.HelperError);
        _next.HelperError(helper, result, where);
        Errors = _next.Errors;
    }

    public override void RuntimeError(string message, SourceSpan where)
    {
        _entry.Text(message);
        _entry.Place(where);
        Put(EntryKind.RuntimeError);
        _next.RuntimeError(message, where);
        Errors = _next.Errors;
    }

    public override void Warn(string message)
    {
        PutText(EntryKind.Warning, Encoding.UTF8.GetBytes(message));
        _next.Warn(message);
    }

    public override void Error(string message)
    {
        PutText(EntryKind.Error, Encoding.UTF8.GetBytes(message));
        _next.Error(message);
    }

    public override void End()
    {
        Put(EntryKind.End);
        _next.End();
    }

    public override void Test(IReadOnlyList<string> names, int index, TimeSpan duration, IReadOnlyList<bool> passed, string output) => _next.Test(names, index, duration, passed, output);

    public override void Benchmark(IReadOnlyList<string> names, int index, long nanoseconds, long runs) => _next.Benchmark(names, index, nanoseconds, runs);

    public override void Idle()
    {
        Flush();
        _file.Flush();
        _next.Idle();
    }

    public override void Dispose()
    {
        Flush();
        _file.Dispose();
        _next.Dispose();
    }

    private void PutText(EntryKind kind, ReadOnlySpan<byte> text)
    {
        _entry.Bytes(text);
        Put(kind);
    }

    private void Put(EntryKind kind)
    {
        long now = Stopwatch.GetTimestamp();
        _held.Buffer.Append((byte)kind);
        _held.Number((ulong)((now - _last) * (1_000_000_000.0 / Stopwatch.Frequency)));
        _held.Bytes(_entry.Buffer.Written);
        _entry.Buffer.Clear();
        _last = now;
        if (_held.Buffer.Length >= MostHeld) Flush();
    }

    private void Flush()
    {
        if (_held.Buffer.Length == 0) return;
        _file.Write(_held.Buffer.Written);
        _held.Buffer.Clear();
    }
}
