// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Links.Tracing;
using Xunit;

namespace Nectar.Tests.Links.Tracing;

public sealed class StructOpsValueTests
{
    private static readonly BtfTypes s_kernel = Kernel();

    [Fact]
    public void Convert_OlderLocalStruct_GoesIntoTheKernelsPlacesByName()
    {
        (BtfTypes local, uint id) = Local("ops___old", ("name", 16), ("second", 0), ("first", 0), ("gone", 0));
        byte[] data = new byte[40];
        "hello"u8.CopyTo(data);
        StructOpsValue value = StructOpsValue.Convert("v", local, id, data, [(16, "two"), (24, "one")], s_kernel);
        Assert.Equal("ops", value.TypeName);
        Assert.Equal(s_kernel.FindByName("ops", BtfKind.Struct), value.KernelTypeId);
        Assert.Equal(s_kernel.FindByName("bpf_struct_ops_ops", BtfKind.Struct), value.ValueTypeId);
        Assert.Equal([new StructOpsFunction("second", "two", 2, 64 + 16), new StructOpsFunction("first", "one", 1, 64 + 8)], value.Functions.ToArray());
        Assert.Equal(128, value.Bytes.Length);
        Assert.True(value.Bytes.Slice(64 + 24, 16).StartsWith("hello"u8)); // the kernel has the name last
        value.SetProgram(value.Functions[0], 77);
        Assert.Equal(77ul, BinaryPrimitives.ReadUInt64LittleEndian(value.Bytes[(64 + 16)..]));
    }

    [Theory]
    [InlineData("gone", 0, true, "has no member 'gone'")]
    [InlineData("name", 8, false, "has 8 bytes in the object, but 16 in the kernel")]
    [InlineData("flags", 0, false, "is a Pointer in the object, but a Int in the kernel")]
    [InlineData("flags", 0, true, "is no function, but program 'one' is to be it")]
    public void Convert_MemberThatDoesNotFit_IsNamed(string member, int bytes, bool isProgram, string problem)
    {
        (BtfTypes local, uint id) = Local("ops", (member, bytes));
        byte[] data = new byte[16];
        KernelException refused = Assert.Throws<KernelException>(() => StructOpsValue.Convert("v", local, id, data, isProgram ? [(0, "one")] : [], s_kernel));
        Assert.StartsWith("error NEC4107: struct_ops 'v': ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_UnknownStruct_SaysSo()
    {
        (BtfTypes local, uint id) = Local("other_ops", ("first", 0));
        Assert.Contains("the kernel has no struct_ops 'other_ops'", Assert.Throws<KernelException>(() => StructOpsValue.Convert("v", local, id, new byte[8], [], s_kernel)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_VariableShorterThanItsType_IsRefused()
    {
        (BtfTypes local, uint id) = Local("ops", ("name", 16));
        Assert.Throws<KernelException>(() => StructOpsValue.Convert("v", local, id, new byte[8], [], s_kernel));
    }

    /// <summary>A struct of functions (size 0) and arrays of characters.</summary>
    private static (BtfTypes Types, uint Id) Local(string name, params (string Name, int Bytes)[] members)
    {
        BtfBuilder types = new();
        uint character = types.AddInt("char", 1), function = types.AddPointer(types.AddFuncProto(0, []));
        List<BtfMember> made = [];
        uint offset = 0;
        foreach ((string member, int bytes) in members)
        {
            made.Add(new BtfMember(member, bytes == 0 ? function : types.AddArray(character, character, (uint)bytes), offset * 8, 0));
            offset += bytes == 0 ? 8u : (uint)bytes;
        }

        uint id = types.AddComposite(BtfKind.Struct, name, offset, made.ToArray());
        return (types.Build(), id);
    }

    private static BtfTypes Kernel()
    {
        BtfBuilder types = new();
        uint character = types.AddInt("char", 1), number = types.AddInt("int", 4), function = types.AddPointer(types.AddFuncProto(0, []));
        uint ops = types.AddComposite(BtfKind.Struct, "ops", 40,
            [new BtfMember("flags", number, 0, 0), new BtfMember("first", function, 64, 0), new BtfMember("second", function, 128, 0), new BtfMember("name", types.AddArray(character, number, 16), 192, 0)]);
        types.AddComposite(BtfKind.Struct, "bpf_struct_ops_ops", 128, [new BtfMember("common", number, 0, 0), new BtfMember("data", ops, 512, 0)]);
        return types.Build();
    }
}
