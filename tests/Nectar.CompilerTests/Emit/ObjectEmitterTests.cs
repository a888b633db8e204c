// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Emit;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Frontends.IL.Types;
using Nectar.Compiler.Ir;
using Nectar.Linux.Loading;

namespace Nectar.CompilerTests.Emit;

/// <summary>Objects that are made of hand-written code and real declarations are taken by every loader.</summary>
public sealed class ObjectEmitterTests
{
    private const string Source = """
        public enum Kind : byte { None, First, Second }
        public struct Pair { public uint A; public Kind K; public BigEndian16 Port; public Bytes16 Name; public unsafe byte* Where; public unsafe fixed ushort Table[3]; }
        [StructLayout(LayoutKind.Explicit)] public struct Either { [FieldOffset(0)] public ulong Whole; [FieldOffset(0)] public uint Half; }
        public enum Wide : ulong { Big = 1UL << 40 }
        public sealed class Emitted : Probe
        {
            public readonly HashMap<Pair, ulong> Counts = new(64);
            public readonly ArrayMap<Either> Slots = new(4);
            public readonly PerCpuHashMap<uint, Wide> PerCpu = new(8);
            public readonly RingBuffer<Pair> Events = new(4096);
            public readonly Histogram Sizes = new(64);
            [Constant] public uint Target;
            public Pair Last;
            public long Started = 5;
            [Xdp] public XdpAction Filter(XdpContext ctx) => XdpAction.Pass;
        }
        """;

    private static BpfObject Make()
    {
        ProbeModule module = Assert.Single(Assemblies.Probes("Emitted", Source, out DiagnosticBag diagnostics));
        Assert.Empty(diagnostics.Items);
        IrModule ir = module.Module;
        IrFunction entry = new("Filter", IrType.I32), helper = new("helper", IrType.I32), callback = new("callback", IrType.I64);
        callback.Parameters.Add(callback.NewValue(Op.Parameter, IrType.I32));
        callback.Parameters.Add(callback.NewValue(Op.Parameter, IrType.Pointer));
        entry.TypeId = FunctionTypes.Program(module.Types, Assert.Single(module.Probe.Programs));
        ir.Programs.Add(new IrProgram(entry, "xdp"));
        ir.Functions.AddRange([entry, helper, callback]);
        GlobalSymbol literal = module.Literal("hello, world"u8), unused = module.Literal("nobody reads this"u8);
        Assert.Same(literal, module.Literal("hello, world"u8));
        GlobalSymbol target = ir.Globals.First(g => g.Name == "Target"), started = ir.Globals.First(g => g.Name == "Started"), last = ir.Globals.First(g => g.Name == "Last");
        SourceLocation line = new("/src/Emitted.cs", 12, 9, 12, 20, "        return XdpAction.Pass;", "Emitted.Filter");

        // r1 = Target; r2 = 'w'; r3 = Started; r0 = Last.A … ; bpf_loop(2, callback, fp-8, 0); call helper
        CompiledFunction filter = new()
        {
            Function = entry,
            Instructions =
            [
                new(0x18, 1, 0, 0, 0), new(0, 0, 0, 0, 0), // target
                new(0x61, 6, 1, 0, 0),
                new(0x18, 2, 0, 0, 0), new(0, 0, 0, 0, 0), // literal + 7
                new(0x71, 7, 2, 0, 0),
                new(0x18, 3, 0, 0, 0), new(0, 0, 0, 0, 0), // started
                new(0x79, 8, 3, 0, 0),
                new(0x18, 4, 0, 0, 0), new(0, 0, 0, 0, 0), // last + 4
                new(0x71, 9, 4, 0, 0),
                new(0xb7, 1, 0, 0, 2),
                new(0x18, 2, 0, 0, 0), new(0, 0, 0, 0, 0), // callback
                new(0xb7, 3, 0, 0, 0),
                new(0xb7, 4, 0, 0, 0),
                new(0x85, 0, 0, 0, 181), // bpf_loop
                new(0x85, 0, 1, 0, -1), // helper
                new(0x0f, 0, 6, 0, 0), new(0x0f, 0, 7, 0, 0), new(0x0f, 0, 8, 0, 0), new(0x0f, 0, 9, 0, 0),
                new(0x95, 0, 0, 0, 0),
            ],
            References = [(0, target, 0), (3, literal, 7), (6, started, 0), (9, last, 4), (13, callback, 0), (18, helper, 0)],
            Locations = [new CodeLocation(0, line), new CodeLocation(6, line with { Line = 13 }), new CodeLocation(18, line with { Line = 14, Column = 2000, IsLibrary = true, InlinedAt = line with { Line = 15, Column = 2000 } })],
            Accesses = [],
            Frame = [],
        };
        MapSymbol counts = ir.Maps.First(m => m.Name == "Counts");
        CompiledFunction second = new()
        {
            Function = helper,
            Instructions = [new(0x18, 1, 0, 0, 0), new(0, 0, 0, 0, 0), new(0xb7, 0, 0, 0, 1), new(0x95, 0, 0, 0, 0)],
            References = [(0, counts, 0)],
            Locations = [new CodeLocation(0, line with { Line = 20 })],
            Accesses = [],
            Frame = [],
        };
        CompiledFunction third = new()
        {
            Function = callback,
            Instructions = [new(0xb7, 0, 0, 0, 0), new(0x95, 0, 0, 0, 0)],
            References = [],
            Locations = [new CodeLocation(0, line with { Line = 30 })],
            Accesses = [],
            Frame = [],
        };
        BpfObject made = ObjectEmitter.Emit(ir, [filter, second, third]);
        Assert.False(made.Globals.TryGet(unused.Name, out _));
        return made;
    }

    [Fact]
    public void Object_reads_back_as_it_was_made()
    {
        BpfObject made = Make();
        BpfObject read = ObjectReader.Read(ObjectWriter.ToArray(made), "Emitted");
        Assert.Equal(["Filter"], read.Programs.Select(p => p.Name));
        Assert.Equal(made.Maps.Where(m => m.Role == MapRole.Declared).Select(m => m.ToString()), read.Maps.Where(m => m.Role == MapRole.Declared).Select(m => m.ToString()));
        Assert.Equal(made.Globals.Select(g => g.ToString()).Order(StringComparer.Ordinal), read.Globals.Select(g => g.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(5, read.Globals["Started"].Get<long>());
        Assert.Equal("hello, world", System.Text.Encoding.ASCII.GetString(read.Maps[".rodata"].InitialValue!.AsSpan()[^12..]));
        BtfTypes types = read.Types!;
        Assert.NotEqual(0u, types.FindByName("Events_record", BtfKind.Typedef));
        BtfType pair = types[types.FindByName("Pair", BtfKind.Struct)];
        Assert.Equal(["A", "K", "Port", "Name", "Where", "Table"], Enumerable.Range(0, pair.Count).Select(i => pair.Member(i).Name));
        Assert.NotEqual(0u, types.FindByName("Either", BtfKind.Union));
        Assert.NotEqual(0u, types.FindByName("xdp_md", BtfKind.Struct));
        LineInfo[] lines = [.. read.Functions["Filter"].Lines];
        Assert.Equal([(0, 12, 9), (6, 13, 9), (18, 15, 1023)], lines.Select(l => (l.Instruction, l.Line, l.Column)));
        Assert.Equal("        return XdpAction.Pass;", lines[0].Text);
    }

    [KernelFact]
    public void Kernel_loads_the_object_and_shows_its_types()
    {
        using KernelObject loaded = KernelObject.Load(Make());
        Nectar.Linux.Programs.TestRunResult result = loaded.Programs["Filter"].TestRun(new Nectar.Linux.Programs.TestRunInput { Data = new byte[64] });
        Assert.Equal(1u + 'w' + 5, result.ReturnValue);
    }

    [KernelFact("bpftool")]
    public void Bpftool_loads_the_written_file_and_dumps_maps_by_type()
    {
        string path = Path.Combine(Path.GetTempPath(), $"nectar-emit-{Environment.ProcessId}.o"), pins = $"/sys/fs/bpf/nectar-emit-{Environment.ProcessId}";
        File.WriteAllBytes(path, ObjectWriter.ToArray(Make()));
        try
        {
            (int code, string output, string error) = TestEnvironment.Run("bpftool", "prog", "loadall", path, pins, "pinmaps", pins + "-maps");
            Assert.True(code == 0, output + error);
            (code, output, error) = TestEnvironment.Run("bpftool", "prog", "dump", "xlated", "pinned", pins + "/Filter", "linum");
            Assert.True(code == 0, error);
            Assert.Contains("int Filter(struct xdp_md * ctx)", output.Replace("xdp_md *ctx", "xdp_md * ctx", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.Contains("return XdpAction.Pass;", output, StringComparison.Ordinal);
            Assert.Contains("line_num:13", output, StringComparison.Ordinal);
            (code, output, error) = TestEnvironment.Run("bpftool", "map", "dump", "pinned", pins + "-maps/Slots");
            Assert.True(code == 0, error);
            Assert.Contains("\"Whole\": 0", output, StringComparison.Ordinal);
            (code, output, error) = TestEnvironment.Run("bpftool", "gen", "skeleton", path, "name", "emitted");
            Assert.True(code == 0, error);
            Assert.Contains("__u32 Target;", output.Replace("unsigned int Target;", "__u32 Target;", StringComparison.Ordinal), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
            foreach (string folder in new[] { pins, pins + "-maps" })
            {
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            }
        }
    }
}
