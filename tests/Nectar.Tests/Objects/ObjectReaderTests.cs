// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Objects;

public sealed class ObjectReaderTests
{
    public static TheoryData<string, string> Targets
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string version in Clang.Versions.Where(version => Clang.Missing(version) is null))
            {
                data.Add(version, "bpfel");
                data.Add(version, "bpfeb");
            }

            return data;
        }
    }

    [ClangTheory]
    [MemberData(nameof(Targets))]
    public void Read_EverythingFixture_EveryPartIsThere(string version, string target)
    {
        BpfObject read = Read(version, $"-g -O2 -target {target} -mcpu=v3");

        Assert.Equal("GPL", read.License);
        Assert.Equal(0x060c00u, read.KernelVersion);
        Assert.Equal(target == "bpfeb", read.IsBigEndian);
        Assert.Equal(["first", "left_out", "second"], read.Programs.Select(program => program.Name).Order());
        Assert.Equal(ProgramType.Xdp, read.Programs["first"].Type);
        Assert.Equal(AttachType.Xdp, read.Programs["first"].ExpectedAttachType);
        Assert.False(read.Programs["left_out"].AutoLoad);
        Assert.Equal("syscalls/sys_enter_execve", read.Programs["left_out"].AttachTarget);
        Assert.Equal(FunctionLinkage.Static, read.Functions["helper_static"].Linkage);
        Assert.Equal(FunctionLinkage.Global, read.Functions["helper_global"].Linkage);

        MapDefinition flows = read.Maps["flows"];
        Assert.Equal((MapType.Hash, 8u, 32u, 1024u), (flows.Type, flows.KeySize, flows.ValueSize, flows.MaxEntries));
        Assert.Equal((MapFlags.NoPrealloc, PinningType.ByName), (flows.Flags, flows.Pinning));
        Assert.Equal("value", read.Types![flows.ValueTypeId].Name);
        Assert.Equal(3ul, read.Maps["seen"].MapExtra);
        MapDefinition outer = read.Maps["outer"];
        Assert.Equal((MapType.Array, 8u), (outer.Inner!.Type, outer.Inner.ValueSize));
        Assert.Equal([(0u, "inner_a"), (2u, "inner_b")], outer.InitialSlots);
        Assert.Equal([(1u, "second")], read.Maps["jumps"].InitialSlots);

        Assert.Equal(MapRole.ReadOnlyData, read.Maps[".rodata"].Role);
        Assert.True(read.Maps[".rodata"].IsReadOnlyToPrograms);
        Assert.Equal(MapRole.Bss, read.Maps[".bss"].Role);
        Assert.Equal(8u, read.Maps[".data.extra"].ValueSize);
        Assert.Equal(MapRole.Kconfig, read.Maps[".kconfig"].Role);
        Assert.True(read.Externs["CONFIG_HZ"].IsWeak);
        Assert.False(read.Externs["LINUX_KERNEL_VERSION"].IsWeak);

        Relocation call = Assert.Single(read.Functions["first"].Relocations, relocation => relocation.Kind == RelocationKind.FunctionCall);
        Assert.Equal("helper_global", call.Symbol);
        Relocation callback = Assert.Single(read.Functions["first"].Relocations, relocation => relocation.Kind == RelocationKind.FunctionAddress);
        Assert.Equal("add_one", callback.Symbol);
        Assert.Contains(read.Functions["helper_static"].Relocations, relocation => relocation is { Kind: RelocationKind.MapValue, Symbol: ".data" });
        Assert.Contains(read.Functions["second"].Relocations, relocation => relocation is { Kind: RelocationKind.ExternVariable, Symbol: "CONFIG_HZ" });

        LineInfo line = read.Functions["first"].Lines.First(line => line.Text.Contains("bpf_map_lookup_elem", StringComparison.Ordinal));
        Assert.EndsWith("everything.bpf.c", line.File, StringComparison.Ordinal);
        Assert.Contains(line.Text.Trim(), File.ReadLines(Path.Combine(Clang.Fixtures, "everything.bpf.c")).ElementAt((int)line.Line - 1), StringComparison.Ordinal);
        Assert.True(line.Column > 1);
    }

    [ClangFact]
    public void Read_BothByteOrders_SameInstructions()
    {
        BpfObject little = Read("19", "-g -O2 -target bpfel -mcpu=v3");
        BpfObject big = Read("19", "-g -O2 -target bpfeb -mcpu=v3");
        Assert.Equal(little.Functions["add_one"].Instructions, big.Functions["add_one"].Instructions);
    }

    [ClangFact]
    public void Globals_SetBeforeLoad_ChangeTheSection()
    {
        BpfObject read = Read("19", "-g -O2 -target bpf -mcpu=v3");
        Assert.Equal(42u, read.Globals["limit"].Get<uint>());
        Assert.Equal(7ul, read.Globals["total"].Get<ulong>());
        read.Globals["limit"].Set(99u);
        read.Globals["zeroed"].Set(5ul);
        Assert.Equal(99u, BitConverter.ToUInt32(read.Maps[".rodata"].InitialValue!, read.Globals["limit"].Offset));
        Assert.Equal(5ul, read.Globals["zeroed"].Get<ulong>());
        Assert.Throws<ArgumentException>(() => read.Globals["limit"].Set(1ul));
    }

    [ClangFact]
    public void Link_ProgramWithSubprograms_ResolvesEveryCall()
    {
        BpfObject read = Read("19", "-g -O2 -target bpf -mcpu=v3");
        LinkedProgram linked = ProgramLinker.Link(read, read.Programs["first"]);

        Assert.Equal(["first", "helper_global", "add_one", "helper_static"], linked.Functions.Select(function => function.Name));
        foreach (LinkedFunction function in linked.Functions) Assert.True(function.End <= linked.Instructions.Length);
        int calls = 0;
        for (int slot = 0; slot < linked.Instructions.Length; slot++)
        {
            if (OpcodeTable.Find(linked.Instructions[slot])?.Operation != Operation.CallLocal) continue;
            calls++;
            Assert.Contains(linked.Functions, function => function.Start == slot + 1 + linked.Instructions[slot].Immediate);
        }

        Assert.Equal(2, calls);
    }

    [ClangFact]
    public void Read_WithoutDebugInformation_StillGivesCodeAndData()
    {
        BpfObject read = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "plain.bpf.c"), "19", "-O2 -target bpf -mcpu=v2"), "plain");
        Assert.Null(read.Types);
        Assert.Equal(3u, read.Globals["step"].Get<uint>());
        Assert.Equal(["count"], read.Programs.Select(program => program.Name));
    }

    [ClangFact]
    public void Read_LegacyMaps_IsRefusedWithWhatToDo()
    {
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(
            () => ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "legacy_maps.bpf.c")), "legacy"));
        Assert.Equal(ObjectCodes.LegacyMaps, problem.Diagnostics[0].Code);
        Assert.Contains("SEC(\".maps\")", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoElf_SaysSo()
    {
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(() => ObjectReader.Read(new byte[100], "x"));
        Assert.Equal(ObjectCodes.NotElf, problem.Diagnostics[0].Code);
    }

    private static BpfObject Read(string version, string options) =>
        ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "everything.bpf.c"), version, options), "everything");
}
