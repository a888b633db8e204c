// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Printing;
using Nectar.Trace.Reading;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Printing;

public sealed class MapTests
{
    private const string Bar = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@", Half = "@@@@@@@@@@@@@@@@@@@@@@@@@@                          ", None = "                                                    ";
    private static readonly MapReader s_reader = new(new ValueReader(new FixedResolver()));

    [Fact]
    public void Entries_AscendByValueThenKey()
    {
        MapResult map = Read("@m", TraceType.Int64, TraceType.Int64, 8, (2, 30), (1, 10), (4, 20), (3, 20));
        Assert.Equal("@m[1]: 10\n@m[3]: 20\n@m[4]: 20\n@m[2]: 30\n", Text(map));
        Assert.Equal("{\"1\": 10, \"3\": 20, \"4\": 20, \"2\": 30}", Json(map));
    }

    [Fact]
    public void Top_KeepsTheGreatest_DivisorDivides()
    {
        TraceMap map = new("@m") { KeyType = TraceType.Int64, ValueType = new TraceType(TypeKind.Count, 8) };
        RawMap raw = Raw(8, (1, 1000), (2, 3000), (3, 2000));
        Assert.Equal("@m[3]: 2\n@m[2]: 3\n", Text(s_reader.Read(map, raw, top: 2, divisor: 1000)));
    }

    [Fact]
    public void TupleKeys_HaveNoParentheses_AndNoBlanksInJson()
    {
        TraceType key = TraceType.Tuple([("", TraceType.Int32), ("", TraceType.String(12))]);
        TraceMap map = new("@m") { KeyType = key, ValueType = TraceType.Int64 };
        RawMap raw = new(1, new Bytes().I32(7).Text("my prog", 12).ToArray(), 16, new Bytes().I64(5).ToArray(), 8, 1, 8);
        MapResult result = s_reader.Read(map, raw);
        Assert.Equal("@m[7, my prog]: 5\n", Text(result));
        Assert.Equal("{\"7,myprog\": 5}", Json(result));
    }

    [Fact]
    public void Strings_AreSortedByKey()
    {
        TraceMap map = new("@m") { KeyType = TraceType.Int32, ValueType = TraceType.String(4) };
        RawMap raw = new(3, new Bytes().I32(3, -1, 2).ToArray(), 4, new Bytes().Text("a", 4).Text("b", 4).Text("c", 4).ToArray(), 4, 1, 4);
        Assert.Equal("@m[-1]: b\n@m[2]: c\n@m[3]: a\n", Text(s_reader.Read(map, raw)));
    }

    [Fact]
    public void Histogram_OfPowersOfTwo()
    {
        TraceType type = new(TypeKind.Histogram, 65 * 8) { Shape = new HistogramShape(Bits: 0) };
        ulong[] counts = new ulong[65];
        (counts[0], counts[1], counts[2], counts[4], counts[11], counts[12]) = (1, 2, 4, 2, 4, 1);
        TraceMap map = new("@h") { ValueType = type };
        MapResult result = s_reader.Read(map, new RawMap(1, default, 0, new Bytes().U64(counts).ToArray(), type.Size, 1, type.Size));
        Assert.Equal(
            "@h:\n" +
            $"(..., 0)               1 |@@@@@@@@@@@@@                                       |\n" +
            $"[0]                    2 |{Half}|\n" +
            $"[1]                    4 |{Bar}|\n" +
            $"[2, 4)                 0 |{None}|\n" +
            $"[4, 8)                 2 |{Half}|\n" +
            $"[8, 16)                0 |{None}|\n" +
            $"[16, 32)               0 |{None}|\n" +
            $"[32, 64)               0 |{None}|\n" +
            $"[64, 128)              0 |{None}|\n" +
            $"[128, 256)             0 |{None}|\n" +
            $"[256, 512)             0 |{None}|\n" +
            $"[512, 1K)              4 |{Bar}|\n" +
            $"[1K, 2K)               1 |@@@@@@@@@@@@@                                       |\n\n",
            Text(result));
        Assert.StartsWith("[{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 0, \"count\": 2},{\"min\": 1, \"max\": 1, \"count\": 4},{\"min\": 2, \"max\": 3, \"count\": 0}", Json(result), StringComparison.Ordinal);
    }

    [Fact]
    public void Histogram_WithFinerSteps()
    {
        ulong[] counts = new ulong[65 << 2];
        counts[27] = 1; // two bits: 8 exact numbers, then quarters
        Assert.Equal((192L, 224L), Limits(counts));
        counts = new ulong[65 << 2];
        counts[8] = 1;
        Assert.Equal((7L, 8L), Limits(counts));
    }

    [Theory]
    [InlineData(0, 100, 10, 0, "(..., 0)")]
    [InlineData(0, 100, 10, 3, "[20, 30)")]
    [InlineData(0, 100, 10, 11, "[100, ...)")]
    [InlineData(0, 5120, 1024, 2, "[1K, 2K)")]
    [InlineData(0, 10, 1, 3, "[2]")]
    [InlineData(-10, 10, 5, 1, "[-10, -5)")]
    public void LinearHistogram_Labels(long minimum, long maximum, long step, int bucket, string label)
    {
        ulong[] counts = new ulong[((maximum - minimum) / step) + 2];
        counts[bucket] = 5;
        Assert.Equal($"{label,-16}       5 |{Bar}|\n", Histograms.Linear(counts, new HistogramShape(Minimum: minimum, Maximum: maximum, Step: step)).ToString());
    }

    [Fact]
    public void HistogramsByKey_AreSortedBySum()
    {
        TraceType type = new(TypeKind.Histogram, 65 * 8) { Shape = new HistogramShape(Bits: 0) };
        ulong[] few = new ulong[65], many = new ulong[65];
        (few[3], many[3]) = (1, 2);
        TraceMap map = new("@h") { KeyType = TraceType.Int32, ValueType = type };
        MapResult result = s_reader.Read(map, new RawMap(2, new Bytes().I32(1, 2).ToArray(), 4, new Bytes().U64(many).U64(few).ToArray(), type.Size, 1, type.Size));
        Assert.Equal($"@h[2]:\n[2, 4)                 1 |{Bar}|\n\n@h[1]:\n[2, 4)                 2 |{Bar}|\n\n", Text(result));
        Assert.Equal("{\"2\": [{\"min\": 2, \"max\": 3, \"count\": 1}], \"1\": [{\"min\": 2, \"max\": 3, \"count\": 2}]}", Json(result));
    }

    [Fact]
    public void TimeSeries_OverProcessorsAndGaps()
    {
        TraceType type = new(TypeKind.TimeSeries, 3 * 24) { IsSigned = true, Shape = new HistogramShape(Interval: 1_000_000_000, Intervals: 3, Aggregation: "sum") };
        byte[] value = new Bytes().I64(1_700_000_000, 5, 1, 0, 0, 0, 1_700_000_002, 7, 1).I64(1_700_000_000, 6, 1, 0, 0, 0, 1_699_999_999, 9, 1).ToArray();
        MapResult result = s_reader.Read(new TraceMap("@t") { ValueType = type }, new RawMap(1, default, 0, value, value.Length, 2, 72));
        TimeSeriesValue series = Assert.IsType<TimeSeriesValue>(result.Value);
        Assert.Equal(["11", "null", "7"], series.Points.Select(p => p.Value.ToString()));
        string[] lines = Text(result).Split('\n');
        Assert.Equal("@t:", lines[0]);
        Assert.Equal("         7                                                  11", lines[1]);
        Assert.Equal("hh:mm:ss |___________________________________________________|", lines[2]);
        Assert.EndsWith(" |                                                   * 11", lines[3], StringComparison.Ordinal);
        Assert.EndsWith(" |                                                   | -", lines[4], StringComparison.Ordinal);
        Assert.EndsWith(" *                                                   | 7", lines[5], StringComparison.Ordinal);
        Assert.Equal("         v___________________________________________________v", lines[6]);
    }

    private static (long? From, long? To) Limits(ulong[] counts)
    {
        HistogramBucket bucket = Assert.Single(Histograms.Logarithmic(counts, 2, 1).Buckets);
        return (bucket.From, bucket.To);
    }

    private static RawMap Raw(int valueSize, params (long Key, long Value)[] entries) => new(
        entries.Length, new Bytes().I64([.. entries.Select(e => e.Key)]).ToArray(), 8, new Bytes().I64([.. entries.Select(e => e.Value)]).ToArray(), valueSize, 1, valueSize);

    [Theory]
    [InlineData(false, """{"ab": 1, "ab": 2}""")]
    [InlineData(true, """{"a b": 1, "ab": 2}""")]
    public void JsonKeys_KeepTheirBlanks_WhenStrict(bool isStrict, string expected)
    {
        Utf8Buffer buffer = new();
        JsonFormat.WriteMap(buffer, new MapResult("@", MapResultKind.Values, false, [new(new TextValue("a b"), new IntegerValue(1, true)), new(new TextValue("ab"), new IntegerValue(2, true))]), isStrict);
        Assert.Equal(expected, buffer.ToString());
    }

    private static MapResult Read(string name, TraceType key, TraceType value, int valueSize, params (long Key, long Value)[] entries) =>
        s_reader.Read(new TraceMap(name) { KeyType = key, ValueType = value }, Raw(valueSize, entries));

    private static string Text(MapResult map)
    {
        Utf8Buffer buffer = new();
        TextFormat.WriteMap(buffer, map);
        return buffer.ToString();
    }

    private static string Json(MapResult map)
    {
        Utf8Buffer buffer = new();
        JsonFormat.WriteMap(buffer, map);
        return buffer.ToString();
    }
}
