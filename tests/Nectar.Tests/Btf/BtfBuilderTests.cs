// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Btf;

public sealed class BtfBuilderTests
{
    [Fact]
    public void Build_EveryKind_ReadsBackAsAdded()
    {
        BtfBuilder builder = new();
        uint u32 = builder.AddInt("unsigned int", 4);
        uint s8 = builder.AddInt("char", 1, BtfIntEncoding.Signed | BtfIntEncoding.Char);
        uint self = builder.NextId;
        uint node = builder.AddComposite(BtfKind.Struct, "node", 16, [new("next", self + 1, 0, 0), new("low", u32, 64, 3), new("high", u32, 67, 29)]);
        uint pointer = builder.AddPointer(node);
        uint array = builder.AddArray(s8, u32, 16);
        uint e = builder.AddEnum("state", 4, signed: true, [new("off", -1), new("on", 1)]);
        uint wide = builder.AddEnum64("wide", 8, signed: false, [new("big", 0x1_0000_0001)]);
        uint proto = builder.AddFuncProto(u32, [new("p", pointer), new("", 0)]);
        uint func = builder.AddFunc("f", proto, 1);
        uint var = builder.AddVar("v", array, 1);
        uint data = builder.AddDataSection(".data", 16, [new(var, 0, 16)]);
        uint tag = builder.AddDeclTag("note", node, 1);
        uint typeTag = builder.AddTypeTag("user", u32);
        uint constant = builder.AddModifier(BtfKind.Const, typeTag);
        uint alias = builder.AddTypedef("alias", constant);
        uint number = builder.AddFloat("double", 8);
        uint forward = builder.AddForward("later", isUnion: true);

        BtfTypes types = builder.Build();

        Assert.Equal((int)forward + 1, types.Count);
        Assert.Equal(node, types.Resolve(types[types[node].Member(0).TypeId].TypeId));
        Assert.Equal(new BtfMember("high", u32, 67, 29), types[node].Member(2));
        Assert.Equal(16, types.SizeOf(array));
        Assert.Equal(-1, types[e].Enumerator(0).Value);
        Assert.Equal(0x1_0000_0001, types[wide].Enumerator(0).Value);
        Assert.Equal("p", types[proto].Parameter(0).Name);
        Assert.Equal(1u, types[func].Linkage);
        Assert.Equal(new BtfSectionVariable(var, 0, 16), types[data].Variable(0));
        Assert.Equal(1, types[tag].ComponentIndex);
        Assert.Equal(u32, types.Resolve(alias));
        Assert.Equal(8, types.SizeOf(number));
        Assert.True(types[forward].KindFlag);
        Assert.Equal(8, types.AlignOf(pointer));
    }

    [KernelBtfFact]
    public void AddAll_RunningKernel_GivesEqualTypes()
    {
        BtfTypes types = BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path));
        BtfBuilder builder = new();
        Assert.Equal(1u, builder.AddAll(types));

        BtfTypes copy = builder.Build();

        Assert.Equal(types.Count, copy.Count);
        for (uint id = 1; id < types.Count; id += 31)
        {
            Assert.Equal(types[id].ToString(), copy[id].ToString());
            Assert.Equal(types.SizeOf(id), copy.SizeOf(id));
            if (!types[id].IsComposite) continue;
            for (int i = 0; i < types[id].Count; i++) Assert.Equal(types[id].Member(i), copy[id].Member(i));
        }
    }
}
