// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Btf;

public sealed class BtfTypesTests
{
    [KernelBtfFact]
    public void Parse_RunningKernel_KnowsItsTypes()
    {
        BtfTypes types = BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path));

        uint task = types.FindByName("task_struct", BtfKind.Struct);
        Assert.NotEqual(0u, task);
        BtfType type = types[task];
        BtfMember pid = Enumerable.Range(0, type.Count).Select(type.Member).Single(member => member.Name == "pid");
        Assert.Equal("pid_t", types[pid.TypeId].Name);
        Assert.Equal(4, types.SizeOf(pid.TypeId));
        Assert.Equal(BtfKind.Int, types[types.Resolve(pid.TypeId)].Kind);
        Assert.True(types.SizeOf(task) > 1000);
        Assert.Equal(0u, types.FindByName("no_such_type_anywhere", BtfKind.Struct));
    }

    [KernelBtfFact]
    public void Parse_EveryByteSwapped_GivesTheSameTypes()
    {
        byte[] bytes = File.ReadAllBytes(KernelBtfFact.Path);
        BtfTypes types = BtfTypes.Parse(bytes);
        byte[] swapped = (byte[])bytes.Clone();
        swapped.AsSpan(0, 2).Reverse();
        int strings = 24 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16));
        for (int i = 4; i < strings; i += 4) swapped.AsSpan(i, 4).Reverse();

        BtfTypes other = BtfTypes.Parse(swapped);

        Assert.Equal(types.Count, other.Count);
        for (uint id = 1; id < types.Count; id += 97) Assert.Equal(types[id].ToString(), other[id].ToString());
    }

    [KernelBtfFact]
    public void TryParse_Truncated_SaysWhereAndNeverThrows()
    {
        byte[] bytes = File.ReadAllBytes(KernelBtfFact.Path);
        foreach (int length in new[] { 0, 1, 23, 24, 100, 5000, bytes.Length / 2, bytes.Length - 1 })
        {
            DiagnosticBag diagnostics = new();
            Assert.False(BtfTypes.TryParse(bytes.AsMemory(0, length), null, diagnostics, out _));
            Assert.StartsWith(".BTF: ", diagnostics.Items[0].Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Resolve_TypedefOfItself_EndsAtVoid()
    {
        BtfBuilder builder = new();
        builder.AddTypedef("t", builder.NextId);

        BtfTypes types = builder.Build();

        Assert.Equal("t", types[1].Name);
        Assert.Equal(0u, types.Resolve(1));
        Assert.Equal(-1, types.SizeOf(1));
    }

    [Fact]
    public void Parse_ReferenceToNoType_IsRefused()
    {
        BtfBuilder builder = new();
        builder.AddPointer(77);

        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(builder.Build);

        Assert.Equal(BtfCodes.TypeReference, problem.Diagnostics[0].Code);
    }
}
