// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.Compression;
using System.Xml.Linq;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Printing;
using Nectar.Trace.Printing.Graphs;
using Nectar.Trace.Reading;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Printing;

public sealed class GraphTests
{
    private static readonly MapResult s_map = new("@", MapResultKind.Values, false,
    [
        Entry("bash", 3, ["read", "loop", "main"], ["vfs_read", "do_syscall"]),
        Entry("bash", 2, ["loop", "main"], []),
        Entry("a<b>", 5, ["x::y<z>", "main"], []),
    ]);

    [Fact]
    public void Folded_OuterFirst() => Assert.Equal("bash;main;loop;read;do_syscall_[k];vfs_read_[k] 3\nbash;main;loop 2\na<b>;main;x::y<z> 5\n", Draw(GraphFormat.Folded, s_map));

    [Fact]
    public void Svg_IsXmlWithABoxForEachFunction()
    {
        XDocument svg = XDocument.Parse(Draw(GraphFormat.Svg, s_map));
        Dictionary<string, string> widths = [];
        foreach (XElement frame in svg.Descendants().Where(e => (string?)e.Attribute("class") == "frame")) widths[(string)frame.Attribute("data-n")! + "/" + (string)frame.Attribute("data-d")!] = (string)frame.Attribute("data-w")!;
        Assert.Equal(("10", "5", "5", "5", "3", "3"), (widths["all/0"], widths["bash/1"], widths["a<b>/1"], widths["loop/3"], widths["read/4"], widths["vfs_read/6"]));
    }

    [Fact]
    public void Svg_OfAHistogram_IsAHeatMapOfWhatCameInBetween()
    {
        using OutputStream to = new(-1, OutputBuffering.Full), text = new(-1, OutputBuffering.Full);
        GraphOutput output = new(GraphFormat.Svg, to, new TextOutput(text, text));
        HistogramShape shape = new(Minimum: 0, Maximum: 30, Step: 10);
        output.Observe([new MapResult("@h", MapResultKind.Histograms, true, [new(NullValue.Instance, Histograms.Linear([0, 2, 0, 0, 0], shape))])]);
        output.Observe([new MapResult("@h", MapResultKind.Histograms, true, [new(NullValue.Instance, Histograms.Linear([0, 2, 7, 0, 0], shape))])]);
        output.Dispose();
        string svg = to.Buffer.ToString();
        XDocument.Parse(svg);
        Assert.Contains("[0, 10) at", svg, StringComparison.Ordinal);
        Assert.Contains("s: 7</title>", svg, StringComparison.Ordinal);
        Assert.Equal(2, svg.Split(" at 0").Length - 1); // a cell where something came, none where nothing did
    }

    [Fact]
    public void Pprof_IsACompressedMessage()
    {
        using GZipStream stream = new(new MemoryStream(PprofFormat.Make([s_map])), CompressionMode.Decompress);
        MemoryStream plain = new();
        stream.CopyTo(plain);
        List<string> strings = [];
        int samples = 0, locations = 0, functions = 0;
        Nectar.Trace.Runtime.Recording.EntryReader reader = new(plain.ToArray());
        while (!reader.Rest.IsEmpty)
        {
            ulong key = reader.Number();
            if ((key & 7) == 0)
            {
                reader.Number();
                continue;
            }

            Assert.Equal(2ul, key & 7);
            byte[] bytes = reader.Bytes().ToArray();
            switch (key >> 3)
            {
                case 2: samples++; break;
                case 4: locations++; break;
                case 5: functions++; break;
                case 6: strings.Add(System.Text.Encoding.UTF8.GetString(bytes)); break;
            }
        }

        Assert.Equal((3, 6, 6), (samples, locations, functions));
        Assert.Equal("", strings[0]);
        Assert.Contains("samples", strings);
        Assert.Contains("vfs_read", strings);
    }

    [Fact]
    public void NothingToDraw_IsSaid()
    {
        using OutputStream to = new(-1, OutputBuffering.Full), text = new(-1, OutputBuffering.Full);
        GraphOutput output = new(GraphFormat.Folded, to, new TextOutput(text, text));
        output.Map(new MapResult("@", MapResultKind.Values, true, [new(NullValue.Instance, new IntegerValue(1, true))]));
        output.Dispose();
        Assert.Equal("@: 1\nWARNING: no map has stacks as keys: there is nothing to write\n", text.Buffer.ToString());
    }

    private static string Draw(GraphFormat format, MapResult map)
    {
        using OutputStream to = new(-1, OutputBuffering.Full), text = new(-1, OutputBuffering.Full);
        GraphOutput output = new(format, to, new TextOutput(text, text));
        output.Map(map);
        output.End();
        output.Dispose();
        Assert.Equal("", text.Buffer.ToString());
        return to.Buffer.ToString();
    }

    private static KeyValuePair<TraceValue, TraceValue> Entry(string name, long count, string[] user, string[] kernel) => new(
        new ListValue([Stack(kernel, isUser: false), new TextValue(name), Stack(user, isUser: true)], isTuple: true), new IntegerValue(count, true));

    private static StackValue Stack(string[] functions, bool isUser) =>
        new([.. functions.Select(f => new StackFrame((ulong)f.GetHashCode(StringComparison.Ordinal) & 0xffff, f, 1, isUser ? "/bin/p" : "[kernel]", null))], StackMode.Bpftrace, isUser);
}
