// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Btf;

public sealed class BtfDeduplicatorTests
{
    [KernelBtfFact]
    public void Deduplicate_KernelTwice_IsTheKernelOnce()
    {
        BtfTypes kernel = BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path));
        BtfBuilder builder = new();
        builder.AddAll(kernel);
        uint second = builder.AddAll(kernel);

        BtfTypes once = BtfDeduplicator.Deduplicate(kernel);
        BtfTypes twice = BtfDeduplicator.Deduplicate(builder.Build(), out uint[] ids);

        Assert.Equal(once.Count, twice.Count);
        Assert.InRange(twice.Count, kernel.Count * 99 / 100, kernel.Count); // pahole leaves a few duplicates behind
        for (uint id = 1; id < kernel.Count; id++)
        {
            Assert.Equal(ids[id], ids[id + second - 1]);
            if (kernel[id].Kind != BtfKind.Forward) Assert.Equal(kernel[id].Name, twice[ids[id]].Name);
        }

        uint task = twice.FindByName("task_struct", BtfKind.Struct);
        Assert.Equal(kernel.SizeOf(kernel.FindByName("task_struct", BtfKind.Struct)), twice.SizeOf(task));
    }

    [Fact]
    public void Deduplicate_CyclesAndForwards_BecomeOneDefinition()
    {
        BtfBuilder builder = new();
        uint forward = builder.AddForward("node", isUnion: false); // 1
        uint toForward = builder.AddPointer(forward); // 2
        builder.AddComposite(BtfKind.Struct, "holder", 8, [new("first", toForward, 0, 0)]); // 3
        builder.AddComposite(BtfKind.Struct, "node", 8, [new("next", 5, 0, 0)]); // 4
        builder.AddPointer(4); // 5
        builder.AddComposite(BtfKind.Struct, "holder", 8, [new("first", 5, 0, 0)]); // 6
        builder.AddComposite(BtfKind.Struct, "node", 8, [new("next", 8, 0, 0)]); // 7
        builder.AddPointer(7); // 8

        BtfTypes types = BtfDeduplicator.Deduplicate(builder.Build(), out uint[] ids);

        Assert.Equal(4, types.Count); // void, the pointer, holder, node
        Assert.Equal(ids[4], ids[1]);
        Assert.Equal(ids[3], ids[6]);
        Assert.Equal(ids[4], types[types[ids[3]].Member(0).TypeId].TypeId);
    }

    [Fact]
    public void Deduplicate_NameWithTwoDefinitions_KeepsTheForwardDeclaration()
    {
        BtfBuilder builder = new();
        uint word = builder.AddInt("int", 4);
        uint wide = builder.AddInt("long", 8);
        builder.AddForward("s", isUnion: false);
        builder.AddPointer(3);
        builder.AddComposite(BtfKind.Struct, "s", 8, [new("p", 7, 0, 0)]);
        builder.AddComposite(BtfKind.Struct, "s", 8, [new("p", 8, 0, 0)]); // the same shape; only what p leads to differs
        builder.AddPointer(word);
        builder.AddPointer(wide);

        BtfTypes types = BtfDeduplicator.Deduplicate(builder.Build(), out uint[] ids);

        Assert.Equal(9, types.Count);
        Assert.Equal(BtfKind.Forward, types[types[ids[4]].TypeId].Kind);
    }

    [Fact]
    public void Deduplicate_SplitSet_LeavesOutWhatTheBaseHas()
    {
        BtfBuilder builder = new();
        uint word = builder.AddInt("int", 4);
        builder.AddPointer(word);
        BtfTypes root = builder.Build();
        BtfBuilder module = new(root);
        uint copy = module.AddInt("int", 4);
        uint pointer = module.AddPointer(copy);
        uint own = module.AddComposite(BtfKind.Struct, "own", 8, [new("p", pointer, 0, 0)]);

        BtfTypes types = BtfDeduplicator.Deduplicate(module.Build(), out uint[] ids);

        Assert.Equal(root.Count + 1, types.Count);
        Assert.Equal((1u, 2u), (ids[copy], ids[pointer]));
        Assert.Equal(2u, types[ids[own]].Member(0).TypeId);
    }

    [ClangFact]
    public void Deduplicate_SeveralObjects_KeepsEachTypeOnce()
    {
        BtfBuilder builder = new();
        foreach (string version in Clang.Versions)
        {
            if (version == "14" || Clang.Missing(version) is not null) continue;
            builder.AddAll(ObjectReader.ReadTypes(Clang.Compile(Path.Combine(Clang.Fixtures, "core_kernel.bpf.c"), version))!);
        }

        builder.AddAll(ObjectReader.ReadTypes(Clang.Compile(Path.Combine(Clang.Fixtures, "everything.bpf.c")))!);
        BtfTypes types = BtfDeduplicator.Deduplicate(builder.Build());

        Assert.Single(Enumerable.Range(1, types.Count - 1), id => types[(uint)id].Name == "task_struct");
        Assert.Single(Enumerable.Range(1, types.Count - 1), id => types[(uint)id] is { Kind: BtfKind.Int, Name: "int" });
        Assert.Equal(types.Count, BtfDeduplicator.Deduplicate(types).Count);
    }
}
