// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Loading;

public sealed class KernelObjectTests
{
    private static readonly byte[] s_packet = new byte[64];

    [BpfFact]
    public void Load_ParsOfAllKinds_RunsAsWritten()
    {
        BpfObject source = Assemble($"""
            .license "GPL"
            .map inner type=array key=4 value=8 max=2
            .map outer type=array_of_maps key=4 value=4 max=4 inner=inner slots=0:inner,2:inner
            .map jumps type=prog_array key=4 value=4 max=2 slots=1:second
            .rodata
            factor: .quad 3
            .data
            total: .quad 7
            .program first type=xdp
                r6 = r1
                r1 = total ll
                r1 = *(u64 *)(r1 + 0)
                r2 = factor ll
                r2 = *(u64 *)(r2 + 0)
                call multiply
                r7 = total ll
                *(u64 *)(r7 + 0) = r0
                r1 = r6
                r2 = jumps ll
                r3 = 1
                call bpf_tail_call
                r0 = 2
                exit
            .program second type=xdp
                {AssemblyText.FindSlot("outer ll", 2, "none")}
                r0 = 1
                exit
            none:
                r0 = 4
                exit
            .function multiply
                r0 = r1
                r0 *= r2
                exit
            """);

        using KernelObject loaded = KernelObject.Load(source);
        TestRunResult run = loaded.Programs["first"].TestRun(new TestRunInput { Data = s_packet });

        Assert.Equal(1u, run.ReturnValue); // the tail call was made, and element 2 of the outer map is set
        Assert.Equal(21, MemoryMarshal.Read<long>(Value(loaded.Maps[".data"])));
        Assert.True(loaded.Maps[".rodata"].GetInfo().IsFrozen);
        Assert.Equal(2, loaded.Programs.Count);
    }

    [ClangFact]
    public void Load_GlobalsSetBefore_AreSeenByPrograms()
    {
        BpfObject source = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "globals.bpf.c")), "globals");
        source.Globals["verdict"].Set(3u);

        using KernelObject loaded = KernelObject.Load(source);
        TestRunResult run = loaded.Programs["answer"].TestRun(new TestRunInput { Data = s_packet, Repeat = 5 });

        Assert.Equal(3u, run.ReturnValue);
        Assert.Equal("Before\0\0"u8, Value(loaded.Maps[".data.text"]));
        Assert.Equal(5ul, loaded.Globals["runs"].Get<ulong>());
        Assert.Equal(KernelRelease.Running.Code, loaded.Globals["version"].Get<uint>());
        Assert.Equal(KernelConfig.Running?.IsOn("CONFIG_NET") == true ? 3u : 1u, loaded.Globals["states"].Get<uint>());
        loaded.Globals["runs"].Set(100ul);
        loaded.Programs["answer"].TestRun(new TestRunInput { Data = s_packet });
        Assert.Equal(101ul, loaded.Globals["runs"].Get<ulong>()); // both sides see the same memory
        Assert.True(loaded.Globals["verdict"].IsReadOnly);
        Assert.Throws<InvalidOperationException>(() => loaded.Globals["verdict"].Set(1u));
        Assert.Throws<ArgumentException>(() => loaded.Globals["runs"].Get<uint>());
    }

    [BpfFact]
    public void Load_OnlySomePrograms_LeavesTheOthersOut()
    {
        BpfObject source = Assemble("""
            .program good type=xdp
                r0 = 2
                exit
            .program bad type=xdp
                r0 = *(u64 *)(r3 + 0)
                exit
            """);

        using (KernelObject loaded = KernelObject.Load(source, new KernelLoadOptions { Programs = ["good"] })) Assert.Equal("good", Assert.Single(loaded.Programs).Name);
        VerificationException refused = Assert.Throws<VerificationException>(() => KernelObject.Load(source));
        Assert.Equal("bad", refused.Program);
        Assert.Contains("R3 !read_ok", refused.Log, StringComparison.Ordinal);
        LoadException unknown = Assert.Throws<LoadException>(() => KernelObject.Load(source, new KernelLoadOptions { Programs = ["gone"] }));
        Assert.Contains("'gone'", unknown.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Load_MapsOfAnother_AreShared()
    {
        const string text = """
            .map counts type=array key=4 value=8 max=4
            .program main type=xdp
                *(u32 *)(r10 - 4) = 1
                r1 = counts ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto out
                *(u64 *)(r0 + 0) = 77
            out:
                r0 = 2
                exit
            """;
        using KernelObject first = KernelObject.Load(Assemble(text));
        using KernelObject second = KernelObject.Load(Assemble(text), new KernelLoadOptions { ReusedMaps = new Dictionary<string, KernelMap> { ["counts"] = first.Maps["counts"] } });
        second.Programs["main"].TestRun(new TestRunInput { Data = s_packet });
        Assert.Equal(77u, new ArrayView<ulong>(first.Maps["counts"])[1]);
        Assert.Equal(first.Maps["counts"].GetInfo().Id, second.Maps["counts"].GetInfo().Id);

        KernelException other = Assert.Throws<KernelException>(() =>
            KernelObject.Load(Assemble(text.Replace("max=4", "max=5", StringComparison.Ordinal)), new KernelLoadOptions { ReusedMaps = new Dictionary<string, KernelMap> { ["counts"] = first.Maps["counts"] } }));
        Assert.Contains("elements: 5 is declared, 4 is there", other.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Load_MapPinnedByName_IsFoundAgain()
    {
        using PrivateBpffs bpffs = new();
        BpfObject source = Assemble("""
            .map kept type=hash key=4 value=4 max=8
            .program main type=xdp
                r0 = 2
                exit
            """);
        source.Maps["kept"].Pinning = PinningType.ByName;
        KernelLoadOptions options = new() { PinDirectory = bpffs.Path };
        uint id;
        using (KernelObject first = KernelObject.Load(source, options))
        {
            id = first.Maps["kept"].GetInfo().Id;
            new MapView<uint, uint>(first.Maps["kept"])[1] = 5;
        }

        using KernelObject second = KernelObject.Load(source, options);
        Assert.Equal(id, second.Maps["kept"].GetInfo().Id);
        Assert.Equal(5u, new MapView<uint, uint>(second.Maps["kept"])[1]);

        string elsewhere = Path.Combine(bpffs.Path, "elsewhere");
        KernelLoadOptions byPath = new() { MapPins = new Dictionary<string, string> { ["kept"] = elsewhere } };
        using KernelObject third = KernelObject.Load(source, byPath);
        using KernelObject fourth = KernelObject.Load(source, byPath);
        Assert.NotEqual(id, third.Maps["kept"].GetInfo().Id);
        Assert.Equal(third.Maps["kept"].GetInfo().Id, fourth.Maps["kept"].GetInfo().Id);
    }

    private static BpfObject Assemble(string text) => Assembler.Assemble(text, "test.bpfasm");

    private static byte[] Value(BpfMap map)
    {
        byte[] value = new byte[map.UserValueSize];
        Assert.Equal(Errno.None, map.Lookup([0, 0, 0, 0], value));
        return value;
    }
}
