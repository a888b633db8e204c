// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Printing;
using Nectar.Trace.Reading;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Runtime.Recording;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Runtime;

public sealed class RecordingTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Play_GivesWhatWasPrinted(bool json)
    {
        string live = Print(json, _path), replayed = Play(json);
        Assert.NotEqual("", live);
        Assert.Equal(live, replayed);
    }

    [Fact]
    public void Play_FileThatEndsEarly_GivesWhatIsThereOrRefuses()
    {
        Print(json: false, _path);
        byte[] all = File.ReadAllBytes(_path);
        for (int length = 0; length < all.Length; length += 7)
        {
            File.WriteAllBytes(_path, all[..length]);
            try
            {
                Play(json: false);
            }
            catch (TraceException problem)
            {
                Assert.Contains("cannot replay", problem.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Play_DamagedBytes_NeverFailsOtherwise()
    {
        Print(json: false, _path);
        byte[] all = File.ReadAllBytes(_path);
        Random random = new(7);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. all];
            for (int k = 0; k < 3; k++) damaged[random.Next(8, damaged.Length)] = (byte)random.Next();
            File.WriteAllBytes(_path, damaged);
            try
            {
                Play(json: true);
            }
            catch (TraceException)
            {
                // a refusal in words is what is expected
            }
        }
    }

    [Fact]
    public void Play_OtherVersion_IsRefused()
    {
        Print(json: false, _path);
        byte[] all = File.ReadAllBytes(_path);
        all[4] = 99;
        File.WriteAllBytes(_path, all);
        Assert.Contains("version 99", Assert.Throws<TraceException>(() => Play(json: false)).Message, StringComparison.Ordinal);
    }

    private static string Print(bool json, string path)
    {
        using OutputStream text = new(-1, OutputBuffering.Full);
        using (RecordingOutput output = new(path, Output(json, text), "source"))
        {
            output.Attached(3);
            output.Print("hello \n"u8, PrintSeverity.None, default);
            output.Print("oh no\n"u8, PrintSeverity.Error, new("x.bt", 3, 4, 3, 9));
            output.Value(new ListValue([new IntegerValue(-5, true), new IntegerValue(-1, false), new TextValue("täxt"), new BooleanValue(true), NullValue.Instance], isTuple: true));
            output.Value(new StructValue([new("a", new NamedNumber("0x10", 16)), new("b", new BytesValue(new byte[] { 1, 65, 255 }))]));
            output.Value(new StackValue([new StackFrame(0x1234, "main", 4, "/bin/x", "x.c:3"), new StackFrame(0x99, null, 0, null, null)], StackMode.Bpftrace, isUser: true));
            output.Map(new MapResult("@h", MapResultKind.Histograms, true, [new(NullValue.Instance, Histograms.Linear([1, 2, 3, 0, 1], new HistogramShape(Minimum: 0, Maximum: 30, Step: 10)))]));
            output.Map(new MapResult("@m", MapResultKind.Values, false, [new(new TextValue("k"), new IntegerValue(7, true)), new(new TextValue("l"), new IntegerValue(8, true))]));
            output.Map(new MapResult("@t", MapResultKind.TimeSeries, true, [new(NullValue.Instance, new TimeSeriesValue(1000, [new(1_700_000_000_000_000_000, new IntegerValue(3, true)), new(1_700_000_000_000_001_000, NullValue.Instance)]))]));
            output.Time("12:00\n"u8);
            output.Join("a b"u8);
            output.System("out"u8);
            output.Cat("content"u8);
            output.Lost(12);
            output.HelperError("map_update_elem", -7, new("x.bt", 1, 2, 1, 3));
            output.RuntimeError("Divide or modulo by 0 detected.", new("x.bt", 1, 2, 1, 3));
            output.Warn("careful");
            output.End();
        }

        return text.Buffer.ToString();
    }

    private string Play(bool json)
    {
        using OutputStream text = new(-1, OutputBuffering.Full);
        using TraceOutput output = Output(json, text);
        RecordingReader.Play(_path, output);
        return text.Buffer.ToString();
    }

    private static TraceOutput Output(bool json, OutputStream text) => json ? new JsonOutput(text, text) : new TextOutput(text, text);
}
