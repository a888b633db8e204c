// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Xunit;

namespace Nectar.Tests.Btf;

/// <summary>Values from text: C, JSON and what the formatter prints; and what is said about text that does not fit.</summary>
public sealed class BtfValueParserTests
{
    private static readonly BtfTypes s_types = MakeTypes(out s_event, out s_enum, out s_long, out s_short);
    private static readonly uint s_event, s_enum, s_long, s_short;

    [Theory]
    [InlineData("{.pid = 1, .comm = \"sh\", .state = RUNNING}")]
    [InlineData("{\"pid\": 1, \"comm\": \"sh\", \"state\": \"RUNNING\"}")]
    [InlineData("{pid: 1, comm: \"sh\", state: RUNNING,}")]
    [InlineData("{ 1, \"sh\", RUNNING }")]
    [InlineData("{pid:0x1,comm:['s','h'],state:1}")]
    [InlineData("{.state=1,.comm={115,104},.pid=1}")]
    public void Struct_InAnyNotation_IsTheSame(string text)
    {
        byte[] value = Parse(s_event, text);
        Assert.Equal(1, BitConverter.ToInt32(value, 0));
        Assert.Equal("sh\0\0\0\0\0\0"u8.ToArray(), value[4..12]);
        Assert.Equal(1, BitConverter.ToInt32(value, 12));
        Assert.All(value[16..], b => Assert.Equal(0, b));
    }

    [Fact]
    public void AnonymousMembers_BitFields_And_Addresses_AreReached()
    {
        byte[] value = Parse(s_event, "{.inner_b = 7, .low = 5, .high = -3, .daddr = 10.1.2.3, .mac = 02:00:00:00:00:01}");
        Assert.Equal(7, value[20]);
        Assert.Equal(5 | ((-3 & 31) << 3), value[24]);
        Assert.Equal([10, 1, 2, 3], value[28..32]);
        Assert.Equal([2, 0, 0, 0, 0, 1], value[32..38]);
    }

    [Fact]
    public void WhatTheFormatterPrints_IsRead()
    {
        Random random = new(5);
        byte[] value = new byte[40];
        for (int i = 0; i < 500; i++)
        {
            random.NextBytes(value);
            value.AsSpan(25, 3).Clear(); // padding
            value.AsSpan(38).Clear();
            if (i % 2 == 0) "na\"\\é\0\0"u8.CopyTo(value.AsSpan(4)); // text
            else value.AsSpan(4, 8).Fill((byte)random.Next(0x80, 0x100)); // no text: a list of numbers
            Assert.Equal(value, Parse(s_event, BtfValueFormatter.ToText(s_types, s_event, value)));
        }
    }

    [Theory]
    [InlineData("{.pif = 1}", "struct event has no member 'pif'; it has pid, comm, state, inner_a, inner_b, low, high, daddr, mac (at character 2 of")]
    [InlineData("{.pid = x}", "'x' is no number (at character 9 of")]
    [InlineData("{.pid = 4294967296}", "4294967296 does not fit a signed number of 32 bits")]
    [InlineData("{.comm = \"far too long\"}", "the string has 12 bytes, the array 8")]
    [InlineData("{.state = SLEEPING}", "enum state has no 'SLEEPING'; it has STOPPED, RUNNING")]
    [InlineData("{.low = 8}", "the number needs more than 3 bits")]
    [InlineData("{.pid = 1", "expected ',' or '}', found the end")]
    [InlineData("{.pid = 1} 2", "expected the end, found '2'")]
    [InlineData("{.comm = [1,2,3,4,5,6,7,8,9]}", "the array has 8 elements, not more")]
    [InlineData("{.pid = 1, 2}", "expected a member's name, as before")]
    [InlineData("", "expected '{', found the end")]
    [InlineData("{.comm = \"x", "the string does not end")]
    [InlineData("[1]", "expected '{', found '['")]
    public void TextThatDoesNotFit_IsExplained(string text, string expected)
    {
        Assert.False(BtfValueParser.TryParse(s_types, s_event, text, out _, out string? problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Scalars_HaveTheirRanges()
    {
        Assert.Equal(BitConverter.GetBytes(ulong.MaxValue), Parse(s_long, "18446744073709551615"));
        Assert.Equal(BitConverter.GetBytes((short)-32768), Parse(s_short, "-32768"));
        Assert.Equal(BitConverter.GetBytes((short)-1), Parse(s_short, "0xffff"));
        Assert.Equal(BitConverter.GetBytes(1), Parse(s_enum, "RUNNING"));
        Assert.False(BtfValueParser.TryParse(s_types, s_short, "32768", out _, out _));
        Assert.False(BtfValueParser.TryParse(s_types, s_long, "-1", out _, out _));
    }

    [Fact]
    public void RandomText_NeverDoesAnythingButRefuse()
    {
        Random random = new(11);
        const string Alphabet = "{}[],:=.\"'\\ 019axpidcomestate_-";
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = new char[random.Next(24)];
            for (int k = 0; k < text.Length; k++) text[k] = Alphabet[random.Next(Alphabet.Length)];
            bool parsed = BtfValueParser.TryParse(s_types, s_event, new string(text), out byte[]? value, out string? problem);
            Assert.True(parsed ? value!.Length == 40 : problem!.Length > 0);
        }
    }

    private static byte[] Parse(uint type, string text)
    {
        Assert.True(BtfValueParser.TryParse(s_types, type, text, out byte[]? value, out string? problem), problem);
        return value;
    }

    private static BtfTypes MakeTypes(out uint @event, out uint @enum, out uint @long, out uint @short)
    {
        BtfBuilder builder = new();
        uint integer = builder.AddInt("int", 4, BtfIntEncoding.Signed), character = builder.AddInt("char", 1, BtfIntEncoding.Signed | BtfIntEncoding.Char), octet = builder.AddInt("unsigned char", 1);
        uint word = builder.AddInt("unsigned int", 4), address = builder.AddTypedef("__be32", word);
        @long = builder.AddInt("unsigned long", 8);
        @short = builder.AddInt("short", 2, BtfIntEncoding.Signed);
        uint comm = builder.AddArray(character, word, 8), mac = builder.AddArray(octet, word, 6);
        @enum = builder.AddEnum("state", 4, false, [new BtfEnumerator("STOPPED", 0), new BtfEnumerator("RUNNING", 1)]);
        uint inner = builder.AddComposite(BtfKind.Struct, "", 8, [new BtfMember("inner_a", integer, 0, 0), new BtfMember("inner_b", integer, 32, 0)]);
        @event = builder.AddComposite(BtfKind.Struct, "event", 40,
        [
            new BtfMember("pid", integer, 0, 0), new BtfMember("comm", comm, 32, 0), new BtfMember("state", @enum, 96, 0), new BtfMember("", inner, 128, 0),
            new BtfMember("low", word, 192, 3), new BtfMember("high", integer, 195, 5), new BtfMember("daddr", address, 224, 0), new BtfMember("mac", mac, 256, 0),
        ]);
        return builder.Build();
    }
}
