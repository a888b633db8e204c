// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Btf;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Usdt;
using Xunit;

namespace Nectar.Tests.Links.Tracing;

public sealed class UsdtSpecLayoutTests
{
    // libbpf 1.1: val_off, arg_type, reg_off, arg_signed, arg_bitshift, 16 bytes; later ones hold an index register too, in 24.
    private static readonly (string Name, int Bit, int Size)[] s_old = [("val_off", 0, 8), ("arg_type", 64, 4), ("reg_off", 96, 2), ("arg_signed", 112, 1), ("arg_bitshift", 120, 1)];

    private static readonly (string Name, int Bit, int Size)[] s_indexed =
        [("val_off", 0, 8), ("arg_type", 64, 4), ("idx_reg_off", 80, 2), ("scale_bitshift", 92, 2), ("reg_off", 112, 2), ("arg_signed", 128, 1), ("arg_bitshift", 136, 1)];

    [Fact]
    public void Find_OldTypes_IsTheOldLayout()
    {
        (BtfTypes types, uint id) = Types(s_old, 16);
        Assert.Equal(UsdtSpecLayout.Old, UsdtSpecLayout.Find(types, id, 208));
        Assert.Equal(UsdtSpecLayout.Old, UsdtSpecLayout.Find(null, 0, 208)); // a kernel without types
        Assert.Null(UsdtSpecLayout.Find(types, id, 304));
        Assert.Null(UsdtSpecLayout.Find(null, 0, 100));
    }

    [Fact]
    public void Write_EachKindOfArgument_LiesWhereTheReaderLooks()
    {
        byte[] spec = UsdtSpecLayout.Old.Write(Parse("-4@%esi 8@-24(%rbp) 2@$-5 1@%ah").AsSpan(), 0x1122, []);
        Assert.Equal("00000000000000000100000068000120", Convert.ToHexStringLower(spec.AsSpan(0, 16))); // register, offset 104, signed, 32 bits too many
        Assert.Equal("e8ffffffffffffff0200000020000000", Convert.ToHexStringLower(spec.AsSpan(16, 16))); // memory at rbp (32) - 24
        Assert.Equal("fbffffffffffffff0000000000000030", Convert.ToHexStringLower(spec.AsSpan(32, 16)));
        Assert.Equal("00000000000000000100000051000038", Convert.ToHexStringLower(spec.AsSpan(48, 16))); // ah is the byte behind al (80)
        Assert.Equal("2211000000000000" + "0400000000000000", Convert.ToHexStringLower(spec.AsSpan(192)));
    }

    [Fact]
    public void Write_IndexedArgument_NeedsALayoutThatKnowsIt()
    {
        ImmutableArray<UsdtArgument> arguments = Parse("-8@16(%rbp,%rax,8)");
        List<int> unreadable = [];
        byte[] old = UsdtSpecLayout.Old.Write(arguments.AsSpan(), 0, unreadable);
        Assert.Equal([0], unreadable);
        Assert.Equal(255, old[8]);
        (BtfTypes types, uint id) = Types(s_indexed, 24);
        UsdtSpecLayout layout = Assert.IsType<UsdtSpecLayout>(UsdtSpecLayout.Find(types, id, 304));
        unreadable.Clear();
        byte[] spec = layout.Write(arguments.AsSpan(), 0, unreadable);
        Assert.Empty(unreadable);
        Assert.Equal("1000000000000000" + "0300" + "5030" + "0000" + "2000" + "01" + "00", Convert.ToHexStringLower(spec.AsSpan(0, 18))); // index rax (80), scale 2^3, base rbp (32)
    }

    [Theory]
    [InlineData("8f@%xmm0")]
    [InlineData("8@%fs:16(%rax)")]
    [InlineData("8@table+8(%rip)")]
    public void Write_UnreadableArgument_IsMarked(string text)
    {
        List<int> unreadable = [];
        Assert.Equal(255, UsdtSpecLayout.Old.Write(Parse(text).AsSpan(), 0, unreadable)[8]);
        Assert.Equal([0], unreadable);
    }

    private static ImmutableArray<UsdtArgument> Parse(string text)
    {
        Assert.True(UsdtArgumentParser.TryParse(text, ElfMachine.X86_64, out ImmutableArray<UsdtArgument> arguments, out _));
        return arguments;
    }

    private static (BtfTypes Types, uint Id) Types((string Name, int Bit, int Size)[] members, uint size)
    {
        BtfBuilder types = new();
        Dictionary<int, uint> numbers = new[] { 1, 2, 4, 8 }.ToDictionary(bytes => bytes, bytes => types.AddInt($"u{bytes * 8}", bytes));
        uint one = types.AddComposite(BtfKind.Struct, "__bpf_usdt_arg_spec", size, members.Select(member => new BtfMember(member.Name, numbers[member.Size], (uint)member.Bit, 0)).ToArray());
        uint array = types.AddArray(one, numbers[4], 12);
        uint spec = types.AddComposite(BtfKind.Struct, "__bpf_usdt_spec", (size * 12) + 16, [new BtfMember("args", array, 0, 0), new BtfMember("usdt_cookie", numbers[8], size * 96, 0), new BtfMember("arg_cnt", numbers[2], (size * 96) + 64, 0)]);
        return (types.Build(), spec);
    }
}
