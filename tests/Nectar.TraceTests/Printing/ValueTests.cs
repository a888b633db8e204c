// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;
using Nectar.Trace.Printing;
using Nectar.Trace.Reading;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Printing;

public sealed class ValueTests
{
    private static readonly ValueReader s_reader = new(new FixedResolver());

    [Fact]
    public void Tuple_TextAndJson() =>
        Check(TraceType.Tuple([("", TraceType.Int32), ("", TraceType.String(8)), ("", TraceType.Boolean)]), new Bytes().I32(1).Text("a\"b", 8).U8(1), "(1, a\"b, true)", "[1,\"a\\\"b\",true]");

    [Fact]
    public void Record_TextAndJson() =>
        Check(TraceType.Tuple([("a", TraceType.Int32), ("b", TraceType.String(4))]), new Bytes().I32(1).Text("x", 4), "{ .a = 1, .b = x }", "{\"a\": 1, \"b\": \"x\"}");

    [Fact]
    public void Array_TextAndJson() => Check(TraceType.Array(TraceType.UInt8, 3), new Bytes().U8(1, 2, 3), "[1,2,3]", "[1,2,3]");

    [Fact]
    public void Struct_WithBitFields()
    {
        StructType type = new("struct s", 8, _ => [
            new StructField("x", TraceType.Int32, 0),
            new StructField("low", TraceType.UInt32, 4) { Bits = new BitField(4, 4, 0, 3) },
            new StructField("high", TraceType.Int32, 4) { Bits = new BitField(4, 4, 3, 2) }]);
        Check(TraceType.Of(type), new Bytes().I32(-5).U32(0b11_101), "{ .x = -5, .low = 5, .high = -1 }", "{\"x\": -5, \"low\": 5, \"high\": -1}");
    }

    [Fact]
    public void Pointer_HexInTextAndNumberInJson() => Check(TraceType.Pointer(TraceType.Int32), new Bytes().U64(0x10), "0x10", "16");

    [Fact]
    public void Enumerator_NameInTextAndNumberInJson() =>
        Check(TraceType.Integer(4, isSigned: false, new EnumType("e", new Dictionary<long, string> { [2] = "TWO" })), new Bytes().U32(2), "TWO", "2");

    [Fact]
    public void LargeNumber_IsAStringInJson() => Check(TraceType.UInt64, new Bytes().U64(ulong.MaxValue), "18446744073709551615", "\"18446744073709551615\"");

    [Fact]
    public void Buffer_EscapedInTextAndNumbersInJson() => Check(TraceType.Buffer(4), new Bytes().U32(2).U8(0x61, 0xff, 0, 0), "a\\xff", "[97,-1]");

    [Fact]
    public void Text_OfOtherBytesThanUtf8_StaysJson() => Check(TraceType.String(8), new Bytes().U8(0xc3, 0xa4, 0xff, 1).Zeros(4), null, "\"ä\\u00ff\\u0001\"");

    [Fact]
    public void Stacks_InTheirModes()
    {
        const string Plain = "\n        inner+5\n        outer+16@x.c:7\n        0x30\n";
        byte[] value = new byte[24];
        Check(TraceType.UserStack(new StackOptions(StackMode.Bpftrace, 127)), value, Plain, "\"" + Plain.Replace("\n", "\\n", StringComparison.Ordinal) + "\"");
        Check(TraceType.UserStack(new StackOptions(StackMode.Perf, 127)), value, "\n\t1005 inner+5 (/bin/x)\n\t2010 outer+16 (/bin/x)\n\t30 0x30 ([unknown])\n", null);
        Check(TraceType.KernelStack(new StackOptions(StackMode.Perf, 127)), value, "\n\t1005 inner+5\n\t2010 outer+16\n\t30 0x30\n", null);
        Check(TraceType.KernelStack(new StackOptions(StackMode.Raw, 127)), value, "\n1005\n2010\n30\n", null);
    }

    [Fact]
    public void Aggregates_OverProcessors()
    {
        TraceType minimum = new(TypeKind.Minimum, 16) { IsSigned = true }, average = new(TypeKind.Average, 16) { IsSigned = true }, statistics = new(TypeKind.Statistics, 16);
        Assert.Equal("-3", AggregateReader.Read(minimum, new Bytes().I64(5, 1, 0, 0, -3, 1).ToArray(), 3, 16).ToString());
        Assert.Equal("-5", AggregateReader.Read(average, new Bytes().I64(-7, 1, -8, 2).ToArray(), 2, 16).ToString());
        Assert.Equal("{ .count = 3, .average = 5, .total = 15 }", AggregateReader.Read(statistics, new Bytes().I64(7, 1, 8, 2).ToArray(), 2, 16).ToString());
        Assert.Equal("11", AggregateReader.Read(new TraceType(TypeKind.Count, 8), new Bytes().I64(4, 7).ToArray(), 2, 8).ToString());
    }

    private static void Check(TraceType type, Bytes bytes, string? text, string? json) => Check(type, bytes.ToArray(), text, json);

    private static void Check(TraceType type, byte[] bytes, string? text, string? json)
    {
        Array.Resize(ref bytes, Math.Max(bytes.Length, type.Size)); // what aligns the end
        TraceValue value = s_reader.Read(type, bytes);
        Utf8Buffer buffer = new();
        JsonFormat.Write(buffer, value);
        if (text is not null) Assert.Equal(text, value.ToString());
        if (json is not null) Assert.Equal(json, buffer.ToString());
    }
}
