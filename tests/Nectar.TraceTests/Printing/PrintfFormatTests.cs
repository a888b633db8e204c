// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Printing;
using Nectar.Trace.Reading;

namespace Nectar.TraceTests.Printing;

public sealed class PrintfFormatTests
{
    [Theory]
    [InlineData("%d", -7, "-7")]
    [InlineData("%d", 0x1_0000_0005, "5")] // an int's worth of it, as in C
    [InlineData("%lld", 0x1_0000_0005, "4294967301")]
    [InlineData("%hhd", 0x1ff, "-1")]
    [InlineData("%hd", 0x18000, "-32768")]
    [InlineData("%u", -1, "4294967295")]
    [InlineData("%lu", -1, "18446744073709551615")]
    [InlineData("%x", -1, "ffffffff")]
    [InlineData("%llx", -1, "ffffffffffffffff")]
    [InlineData("%hhx", 0x1ab, "ab")]
    [InlineData("%X", 0xabc, "ABC")]
    [InlineData("%#x", 255, "0xff")]
    [InlineData("%#x", 0, "0")]
    [InlineData("%#o", 8, "010")]
    [InlineData("%o", 8, "10")]
    [InlineData("%c", 65, "A")]
    [InlineData("%p", 0xffff8000, "0xffff8000")]
    [InlineData("%p", 0, "0")]
    [InlineData("%s", -3, "-3")]
    [InlineData("%+d", 3, "+3")]
    [InlineData("%5d|", 42, "   42|")]
    [InlineData("%-5d|", 42, "42   |")]
    [InlineData("%05d", 42, "00042")]
    [InlineData("%05d", -42, "00-42")] // zeros in front of the sign, as bpftrace has it
    [InlineData("100%% %d", 1, "100% 1")]
    [InlineData("%5z %d", 1, "%5z 1")] // not a conversion
    [InlineData("%gr", 0xcc0, "GFP_KERNEL")]
    [InlineData("%gr", 0x40000cc0, "GFP_KERNEL|0x40000000")]
    public void Write_Number_AsInC(string format, long value, string expected) => Assert.Equal(expected, Format(format, TraceType.Int64, new Bytes().I64(value)));

    [Theory]
    [InlineData("%05d", -42, "-0042")]
    [InlineData("%#06x", 0xab, "0x00ab")]
    [InlineData("% d", 42, " 42")]
    public void Write_Strict_AsCExactly(string format, long value, string expected) => Assert.Equal(expected, Format(format, TraceType.Int64, new Bytes().I64(value), new TraceConfig { IsStrict = true }));

    [Fact]
    public void Write_NarrowNumber_IsExtendedByItsSign()
    {
        Assert.Equal("-1", Format("%lld", TraceType.Int8, new Bytes().U8(0xff)));
        Assert.Equal("255", Format("%lld", TraceType.UInt8, new Bytes().U8(0xff)));
        Assert.Equal("ffffffffffffffff", Format("%lx", TraceType.Int32, new Bytes().I32(-1)));
    }

    [Fact]
    public void Write_Text_IsCutAtItsZeroAndMarkedWhereItHasNone()
    {
        Assert.Equal("bash", Format("%s", TraceType.String(16), new Bytes().Text("bash", 16)));
        Assert.Equal("abcd..", Format("%s", TraceType.String(4), new Bytes().Text("abcd", 4)));
        Assert.Equal("[bash      ]", Format("[%-10s]", TraceType.String(16), new Bytes().Text("bash", 16)));
        Assert.Equal("[bash]", Format("[%.2s]", TraceType.String(16), new Bytes().Text("bash", 16)));
        Assert.Equal("[ba]", Format("[%.2s]", TraceType.String(16), new Bytes().Text("bash", 16), new TraceConfig { IsStrict = true }));
    }

    [Fact]
    public void Write_Enumerator_ByName()
    {
        TraceType type = TraceType.Integer(4, isSigned: false, new EnumType("state", new Dictionary<long, string> { [1] = "RUNNING", [-1] = "DEAD" }));
        Assert.Equal("RUNNING 1", Format("%s %d", type, new Bytes().U32(1), arguments: 2));
        Assert.Equal("DEAD", Format("%s", type, new Bytes().I32(-1)));
        Assert.Equal("7", Format("%s", type, new Bytes().U32(7)));
    }

    [Fact]
    public void Write_Buffer_InThreeForms()
    {
        byte[] record = new Bytes().U32(3).U8(0x41, 0x00, 0xff, 0x77).ToArray();
        Assert.Equal("A\\x00\\xff", Format("%r", TraceType.Buffer(4), record));
        Assert.Equal("\\x41\\x00\\xff", Format("%rx", TraceType.Buffer(4), record));
        Assert.Equal("41 00 ff", Format("%rh", TraceType.Buffer(4), record));
    }

    [Fact]
    public void Write_NamedKinds()
    {
        Assert.Equal("k_ff", Format("%s", new TraceType(TypeKind.KernelSymbol, 8), new Bytes().U64(0xff)));
        Assert.Equal("u_ff_12", Format("%s", new TraceType(TypeKind.UserSymbol, 16), new Bytes().U64(0xff).U32(12, 0)));
        Assert.Equal("127.0.0.1", Format("%s", new TraceType(TypeKind.InternetAddress, 24), new Bytes().U64(2).U8(127, 0, 0, 1).Zeros(12)));
        Assert.Equal("::1", Format("%s", new TraceType(TypeKind.InternetAddress, 24), new Bytes().U64(10).Zeros(15).U8(1)));
        Assert.Equal("0A:00:FF:01:02:03", Format("%s", new TraceType(TypeKind.MacAddress, 6), new Bytes().U8(10, 0, 255, 1, 2, 3)));
        Assert.Equal("root", Format("%s", new TraceType(TypeKind.Username, 8), new Bytes().U64(0)));
        Assert.Equal("Operation not permitted", Format("%s", new TraceType(TypeKind.ErrorName, 8), new Bytes().U64(1)));
        Assert.Equal("Interrupt", Format("%s", new TraceType(TypeKind.SignalName, 8), new Bytes().U64(2)));
        Assert.Equal("read", Format("%s", new TraceType(TypeKind.SyscallName, 8), new Bytes().U64((ulong)SyscallNames.NumberOf("read"))));
    }

    [Fact]
    public void Write_Timestamp_WithFractions()
    {
        byte[] record = new Bytes().U64(1_700_000_000_123_456_789).U32(0, 1).ToArray();
        TraceType type = new(TypeKind.Timestamp, 16);
        string hours = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000).ToLocalTime().ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal($"{hours} 123 123456 123456789", Format("%s", type, record, resolver: new FixedResolver(null, "%H:%M:%S %l %f %k")));
    }

    [Fact]
    public void Write_WidthFromAnArgument_WhereArgumentsAreEnough()
    {
        PrintfFormat format = new("[%*d]", [new RecordField(TraceType.Int32, 0), new RecordField(TraceType.Int32, 4)], new ValueReader(new FixedResolver()));
        Utf8Buffer buffer = new();
        format.Write(buffer, new Bytes().I32(-4, 7).ToArray());
        Assert.Equal("[7   ]", buffer.ToString());
    }

    [Fact]
    public void Write_Tuple_OnlyItsParenthesisHasTheWidth() =>
        Assert.Equal("   (1, a)", Format("%4s", TraceType.Tuple([("", TraceType.Int32), ("", TraceType.String(4))]), new Bytes().I32(1).Text("a", 4)));

    [Fact]
    public void Write_Numbers_AllocatesNothing()
    {
        PrintfFormat format = new("%d %s %llx %5u\n", [new(TraceType.Int64, 0), new(TraceType.String(16), 8), new(TraceType.Int64, 0), new(TraceType.UInt32, 0)], new ValueReader(new FixedResolver()));
        byte[] record = new Bytes().I64(12345).Text("bash", 16).ToArray();
        Utf8Buffer buffer = new(1024);
        format.Write(buffer, record);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            buffer.Clear();
            format.Write(buffer, record);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal("12345 bash 3039 12345\n", buffer.ToString());
    }

    private static string Format(string format, TraceType type, Bytes record, TraceConfig? config = null, int arguments = 1) => Format(format, type, record.ToArray(), config, arguments);

    private static string Format(string format, TraceType type, byte[] record, TraceConfig? config = null, int arguments = 1, FixedResolver? resolver = null)
    {
        Utf8Buffer buffer = new();
        new PrintfFormat(format, [.. Enumerable.Repeat(new RecordField(type, 0), arguments)], new ValueReader(resolver ?? new FixedResolver(config))).Write(buffer, record);
        return buffer.ToString();
    }
}
