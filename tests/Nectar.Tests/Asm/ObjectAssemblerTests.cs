// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Asm;

public sealed class ObjectAssemblerTests
{
    private const string Everything = """
        .license "GPL"
        .version 0x60c00
        .equ LIMIT, 7
        .extern bpf_rcu_read_lock kfunc
        .extern CONFIG_HZ kconfig size=4
        .extern CONFIG_NUMA kconfig size=8 weak
        .struct flow { u32 source; u8 address[6];
            u16 port;   // a comment
        }
        .map flows type=lru_hash key=flow value=u64 max=LIMIT flags=no_common_lru|rdonly pin=name extra=3
        .map slot type=array value=4 max=1 template
        .map outer type=array_of_maps inner=slot max=4 slots=0:flows,2:flows
        .map events type=ringbuf max=4096 record=flow
        .data
        first:  .byte 1, 2, 0xff, 'a'
                .half 0x1234
        .balign 8
        second: .word -1
                .quad 0x1122334455667788
        .rodata
        text:   .asciz "it's \"x\"\n", "b"
        .bss
        buffer: .zero 32

        .program filter type=socket_filter
            r6 = r1
            r1 = flows ll
            r2 = second+4 ll
            r3 = text ll
            r4 = buffer ll
            r5 = twice ll
            r7 = CONFIG_HZ ll
            r8 = map[name:flows][0]+8
            call bpf_map_lookup_elem
            call bpf_rcu_read_lock
            call twice
        again:
            if r0 > LIMIT goto again
            exit
        .function twice global
            r0 = r1
            r0 += r1
            goto done
        done:
            exit
        .section "tracepoint/syscalls/sys_enter_execve"
        .global trace
        trace:
            r0 = 0
            exit
        """;

    [Fact]
    public void Assemble_Everything_GivesTheObject()
    {
        DiagnosticBag diagnostics = new();
        Assert.True(Assembler.TryAssemble(Everything, "dir/everything.bpfasm", diagnostics, out BpfObject? o), string.Join('\n', diagnostics.Items));
        Assert.Empty(diagnostics.Items);
        Assert.Equal(("everything", "GPL", 0x60c00u), (o.Name, o.License, o.KernelVersion));
        Assert.Equal(["flows", "outer", "events", ".data", ".rodata", ".bss"], o.Maps.Select(m => m.Name));
        MapDefinition flows = o.Maps["flows"];
        Assert.Equal((MapType.LruHash, 12u, 8u, 7u, MapFlags.NoCommonLru | MapFlags.ReadOnly, PinningType.ByName, 3ul),
            (flows.Type, flows.KeySize, flows.ValueSize, flows.MaxEntries, flows.Flags, flows.Pinning, flows.MapExtra));
        Assert.Equal((4u, 4u, "slot"), (o.Maps["outer"].KeySize, o.Maps["outer"].ValueSize, o.Maps["outer"].Inner!.Name));
        Assert.Equal([(0u, "flows"), (2u, "flows")], o.Maps["outer"].InitialSlots);
        Assert.Equal([1, 2, 255, 97, 0x34, 0x12, 0, 0, 255, 255, 255, 255, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11], o.Maps[".data"].InitialValue!);
        Assert.Equal("it's \"x\"\n\0b\0"u8.ToArray(), o.Maps[".rodata"].InitialValue);
        Assert.True(o.Maps[".rodata"].IsReadOnlyToPrograms);
        Assert.Equal((MapRole.Bss, 32u), (o.Maps[".bss"].Role, o.Maps[".bss"].ValueSize));
        Assert.Equal([("CONFIG_HZ", 0, 4, false), ("CONFIG_NUMA", 8, 8, true)], o.Externs.Where(e => e.Kind == ExternKind.Kconfig).Select(e => (e.Name, e.Offset, e.Size, e.IsWeak)));

        BtfType flow = o.Types![flows.KeyTypeId];
        Assert.Equal(("flow", 12u, 3), (flow.Name, flow.Size, flow.Count));
        Assert.Equal(("port", 80u), (flow.Member(2).Name, flow.Member(2).BitOffset));
        Assert.Equal((flows.KeyTypeId, 0u), (o.Maps["events"].ValueTypeId, o.Maps["events"].ValueSize));

        FunctionDefinition filter = o.Functions["filter"];
        Assert.Equal(
            [
                new Relocation(1, RelocationKind.Map, "flows"), new(3, RelocationKind.MapValue, ".data", 12), new(5, RelocationKind.MapValue, ".rodata"),
                new(7, RelocationKind.MapValue, ".bss"), new(9, RelocationKind.FunctionAddress, "twice"), new(11, RelocationKind.ExternVariable, "CONFIG_HZ"),
                new(13, RelocationKind.MapValue, "flows", 8), new(16, RelocationKind.ExternCall, "bpf_rcu_read_lock"), new(17, RelocationKind.FunctionCall, "twice"),
            ],
            filter.Relocations);
        Assert.Equal((short)-1, filter.Instructions[18].Offset);
        Assert.Equal(new LineInfo(1, "dir/everything.bpfasm", "r1 = flows ll", 27, 5), filter.Lines[1]);
        Assert.Equal(FunctionLinkage.Global, o.Functions["twice"].Linkage);
        Assert.Equal(ProgramType.SocketFilter, o.Programs["filter"].Type);
        Assert.Equal((ProgramType.Tracepoint, "syscalls/sys_enter_execve"), (o.Programs["trace"].Type, o.Programs["trace"].AttachTarget));
        Assert.Equal(2, ProgramLinker.Link(o, o.Programs["filter"]).Functions.Length);
    }

    [Fact]
    public void Disassemble_Object_AssemblesToTheSameObject()
    {
        BpfObject first = Assembler.Assemble(Everything, "x.bpfasm");
        foreach (bool labels in new[] { true, false })
        {
            string text = Disassembler.ToText(first, new DisassemblerOptions { Labels = labels, ShowSource = !labels, ShowBytes = !labels });
            BpfObject second = Assembler.Assemble(text, "x.bpfasm");
            Assert.Equal(first.Maps.Select(Describe), second.Maps.Select(Describe));
            Assert.Equal(first.Programs.Select(p => (p.Name, p.Section, p.Type, p.ExpectedAttachType, p.AttachTarget, p.AutoLoad)),
                second.Programs.Select(p => (p.Name, p.Section, p.Type, p.ExpectedAttachType, p.AttachTarget, p.AutoLoad)));
            foreach (FunctionDefinition function in first.Functions)
            {
                Assert.Equal(function.Instructions, second.Functions[function.Name].Instructions);
                Assert.Equal(function.Relocations, second.Functions[function.Name].Relocations);
            }

            if (labels) Assert.Equal(text, Disassembler.ToText(second));
        }
    }

    [Theory]
    [InlineData("block_http", ProgramType.Xdp)]
    [InlineData("count_protocols", ProgramType.SocketFilter)]
    [InlineData("xdp_drop_tcp", ProgramType.Xdp)]
    public void Assemble_Sample_GivesOneProgram(string name, ProgramType type)
    {
        string file = Path.Combine(Repository.Root, "samples", name + ".bpfasm");
        BpfObject o = Assembler.Assemble(File.ReadAllText(file), file);
        Assert.Equal((name, type), (Assert.Single(o.Programs).Name, o.Programs[0].Type));
    }

    [Fact]
    public void Assemble_PlainInstructions_GivesAProgramMain()
    {
        BpfObject o = Assembler.Assemble("mov %r0, 1\nagain:\njeq %r0, 2, again\nexit\n");
        Assert.Equal("main", Assert.Single(o.Programs).Name);
        Assert.Equal(3, o.Functions["main"].Instructions.Length);
    }

    [ToolFact("clang-19")]
    public void Assemble_OutputOfClang_GivesTheFunctions()
    {
        string source = Path.Combine(Path.GetTempPath(), $"nectar-{Environment.ProcessId}.c");
        File.WriteAllText(source, """
            static int state = 3; const int limit = 9; int sums[4];
            static __attribute__((noinline)) int twice(int x) { return x * 2 + limit + sums[x & 3]; }
            __attribute__((section("socket"))) int filter(unsigned *p) { state += twice(p[0]); return p[1] > 7 ? state : 0; }
            char LICENSE[] __attribute__((section("license"))) = "GPL";
            """);
        (int exit, string text, string error) = TestEnvironment.Run("clang-19", "-target", "bpf", "-O1", "-S", source, "-o", "-");
        File.Delete(source);
        Assert.True(exit == 0, error);
        BpfObject o = Assembler.Assemble(text, "clang.s");
        Assert.Equal("GPL", o.License);
        Assert.Equal(("filter", ProgramType.SocketFilter), (Assert.Single(o.Programs).Name, o.Programs[0].Type));
        Assert.Contains(o.Functions["filter"].Relocations, r => r is { Kind: RelocationKind.FunctionCall, Symbol: "twice" });
        Assert.Contains(o.Functions["twice"].Relocations, r => r is { Kind: RelocationKind.MapValue, Symbol: ".bss" });
    }

    private static string Describe(MapDefinition m) =>
        $"{m} {m.Role} {m.Flags} {m.Pinning} {m.MapExtra} {m.Inner} {string.Join(',', m.InitialSlots)} {(m.InitialValue is null ? "" : Convert.ToHexString(m.InitialValue))}";
}
