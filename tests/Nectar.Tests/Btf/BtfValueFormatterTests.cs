// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using System.Text.Json;
using Nectar.Bpf.Btf;
using Xunit;

namespace Nectar.Tests.Btf;

public sealed class BtfValueFormatterTests
{
    private readonly BtfTypes _types;
    private readonly uint _event;

    public BtfValueFormatterTests()
    {
        BtfBuilder builder = new();
        uint u8 = builder.AddInt("unsigned char", 1);
        uint s32 = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        uint c = builder.AddInt("char", 1, BtfIntEncoding.Signed | BtfIntEncoding.Char);
        uint b = builder.AddInt("_Bool", 1, BtfIntEncoding.Bool);
        uint state = builder.AddEnum("state", 4, signed: true, [new("IDLE", 0), new("FAILED", -1)]);
        uint address = builder.AddArray(u8, s32, 4);
        uint name = builder.AddArray(c, s32, 8);
        uint pointer = builder.AddPointer(0);
        uint inner = builder.AddComposite(BtfKind.Union, "", 4, [new("code", s32, 0, 0), new("raw", address, 0, 0)]);
        _event = builder.AddComposite(BtfKind.Struct, "event", 40,
        [
            new("source_address", address, 0, 0), new("name", name, 32, 0), new("state", state, 96, 0), new("ok", b, 128, 0),
            new("low", s32, 160, 3), new("high", s32, 163, 29), new("", inner, 192, 0), new("next", pointer, 256, 0),
        ]);
        _types = builder.Build();
    }

    private static byte[] Bytes => [127, 0, 0, 1, .. "sh\0\0\0\0\0\0"u8, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0x0d, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0xef, 0xbe, 0xad, 0xde, 0, 0, 0, 0];

    [Fact]
    public void ToText_EveryKindOfMember_IsReadable() => Assert.Equal(
        "{source_address: 127.0.0.1, name: \"sh\", state: FAILED, ok: true, low: -3, high: 1, code: 5, raw: [5, 0, 0, 0], next: 0xdeadbeef}",
        BtfValueFormatter.ToText(_types, _event, Bytes));

    [Fact]
    public void WriteJson_EveryKindOfMember_IsJson()
    {
        MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream)) BtfValueFormatter.WriteJson(_types, _event, Bytes, json);
        using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Equal("127.0.0.1", document.RootElement.GetProperty("source_address").GetString());
        Assert.Equal(-3, document.RootElement.GetProperty("low").GetInt32());
        Assert.Equal(5, document.RootElement.GetProperty("raw")[0].GetInt32());
    }

    [Fact]
    public void ToText_TooFewBytes_SaysSo() => Assert.Equal("<40 bytes, 3 here>", BtfValueFormatter.ToText(_types, _event, Bytes.AsSpan(0, 3)));

    [Fact]
    public void ToText_WithoutTypes_IsHexadecimal() => Assert.Equal("7f0000", BtfValueFormatter.ToText(null, 0, Bytes.AsSpan(0, 3)));
}
