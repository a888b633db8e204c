// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using Nectar.Bpf.Btf;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.CompilerTests.Probes;

/// <summary>What is found by running constructors while compiling is what the CLR makes when it runs them.</summary>
public sealed class ProbeModuleTests
{
    [Fact]
    public void Maps_of_the_samples_are_those_that_their_constructors_make()
    {
        Assembly samples = typeof(Samples.BlockHttp).Assembly;
        DiagnosticBag diagnostics = new();
        List<ProbeModel> probes = new ProbeFinder(diagnostics).FindAll(Assemblies.Open(samples.Location));
        Assert.True(probes.Count >= 10);
        int compared = 0;
        foreach (ProbeModel probe in probes)
        {
            ProbeModule? module = ProbeModule.Create(probe, new CompilationTarget(), diagnostics);
            Assert.True(module is not null, string.Join('\n', diagnostics.Items));
            using IDisposable? none = null;
            Dictionary<string, MapDefinition> expected = new(StringComparer.Ordinal);
            Collect(Activator.CreateInstance(samples.GetType(probe.Type.FullName)!)!, "", expected);
            Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), module.Module.Maps.Select(map => map.Name).Order(StringComparer.Ordinal));
            foreach (MapSymbol map in module.Module.Maps)
            {
                MapDefinition mine = map.Definition, clr = expected[map.Name];
                Assert.Equal((clr.Type, clr.KeySize, clr.ValueSize, clr.MaxEntries, clr.Flags, clr.MapExtra), (mine.Type, mine.KeySize, mine.ValueSize, mine.MaxEntries, mine.Flags, mine.MapExtra));
                compared++;
            }

            BtfTypes types = module.Module.Types.Build();
            foreach (MapSymbol map in module.Module.Maps)
            {
                if (map.Definition.KeyTypeId != 0) Assert.Equal(map.Definition.KeySize, types.SizeOf(map.Definition.KeyTypeId));
                if (map.Definition.ValueTypeId != 0) Assert.Equal(map.Definition.ValueSize, types.SizeOf(map.Definition.ValueTypeId));
            }
        }

        Assert.True(diagnostics.Items.Count == 0, string.Join('\n', diagnostics.Items));
        Assert.True(compared >= 12);
    }

    [Fact]
    public void Programs_of_the_samples_have_sections_that_loaders_know()
    {
        List<ProbeModel> probes = new ProbeFinder(new DiagnosticBag()).FindAll(Assemblies.Open(typeof(Samples.BlockHttp).Assembly.Location));
        Dictionary<string, ProgramModel> programs = probes.SelectMany(p => p.Programs).GroupBy(p => p.Method.ToString()).ToDictionary(g => g.Key, g => g.First());
        Assert.Equal(("xdp", "Filter", ProgramType.Xdp, 0), Of("BlockHttp.Filter"));
        Assert.Equal("tracepoint/syscalls/sys_enter_execve", programs["ExecSnoop.Enter"].Section);
        Assert.Equal(ProgramType.Lsm, programs.Values.First(p => p.Section.StartsWith("lsm/", StringComparison.Ordinal)).Kind.Type);
        Assert.Equal("xdp_md*", programs["BlockHttp.Filter"].ContextPointer!.DisplayName);

        (string, string, ProgramType, long) Of(string name) => (programs[name].Section, programs[name].Name, programs[name].Kind.Type, programs[name].AbortResult);
    }

    [Fact]
    public void Fields_become_maps_variables_and_constants()
    {
        ProbeModule module = Assert.Single(Assemblies.Probes("Fields", """
            public struct Limits { public int Low; public long High; public Limits(int low, long high) { Low = low; High = high; } }
            public sealed class Shared { public readonly HashMap<uint, ulong> Inner = new(Fields.Size * 2); public ulong Hits = 7; public readonly uint Mask; public Shared(uint mask) => Mask = mask | 1; }
            public sealed class Fields : Probe
            {
                public const int Size = 16;
                private static readonly int s_twice = Size * 2;
                private static readonly Limits s_table = new(1, -2);
                private static long s_counter;
                private readonly ArrayMap<Limits> _limits = new(Size + 1);
                public readonly Shared Both = new(0x10);
                [Constant] public uint TargetPid;
                [Constant] public byte Level = 3;
                public long Total { get; set; } = -5;
                public Limits Bounds = new() { Low = 4 };
                public ulong Zero;
                private readonly uint _ratio = 100 / 3;
                private System.Collections.Generic.List<int> _seen = new();
                public static int Twice => s_twice + s_table.Low + (int)s_counter;
            }
            """, out DiagnosticBag diagnostics));
        Assert.Empty(diagnostics.Items);
        Assert.Equal(["limits: Array 4 16 17", "Both_Inner: Hash 4 8 32"], module.Module.Maps.Select(m => $"{m.Name}: {m.Definition.Type} {m.Definition.KeySize} {m.Definition.ValueSize} {m.Definition.MaxEntries}"));
        Assert.Equal(["Both_Hits .data 0700000000000000", "TargetPid .rodata 00000000", "Level .rodata 03", "Total .data FBFFFFFFFFFFFFFF", "Bounds .data 04000000000000000000000000000000", "Zero .bss 0000000000000000"],
            module.Module.Globals.Select(g => $"{g.Name} {g.Section} {Convert.ToHexString(g.Bytes)}"));
        TypeModel type = module.Probe.Type;
        Assert.Equal(33, Assert.IsType<ProbeConstant>(module.This.Field(type.FindField("_ratio")!)).Number);
        ProbeObject shared = Assert.IsType<ProbeObject>(module.This.Field(type.FindField("Both")!));
        Assert.Equal(0x11, Assert.IsType<ProbeConstant>(shared.Field(shared.Type.FindField("Mask")!)).Number);
        Assert.IsType<ProbeForeign>(module.This.Field(type.FindField("_seen")!));
        Assert.Equal(32, Assert.IsType<ProbeConstant>(module.Static(type.FindField("s_twice")!)).Number);
        ProbeGlobal table = Assert.IsType<ProbeGlobal>(module.Static(type.FindField("s_table")!));
        Assert.Equal((".rodata", "table", "0100000000000000FEFFFFFFFFFFFFFF"), (table.Symbol.Section, table.Symbol.Name, Convert.ToHexString(table.Symbol.Bytes)));
        Assert.Equal((".bss", "counter"), Assert.IsType<ProbeGlobal>(module.Static(type.FindField("s_counter")!)).Symbol is var s ? (s.Section, s.Name) : default);
    }

    [Theory]
    [InlineData("public readonly HashMap<int, int> M = new(Environment.ProcessorCount);", 2105, "Environment.get_ProcessorCount")]
    [InlineData("public uint Limit = (uint)Environment.ProcessorCount;", 2105, "only known at run time")]
    [InlineData("public readonly RingBuffer<int> R = new(5000);", 2107, "8192")]
    [InlineData("public readonly HashMap<int, int> M = new(0);", 2107, "0 entries")]
    [InlineData("public readonly HashMap<Bytes512, Bytes512> A = new(4); public readonly HashMap<int, int> a = new(1), _a = new(2);", 2106, "named 'a'")]
    [InlineData("public readonly HashMap<int, int> M; public X(int size) { M = new(size); }", 2103, "no constructor without parameters")]
    [InlineData("[Xdp(Target = \"nonsense\")] public XdpAction F(XdpContext c) => XdpAction.Pass;", 2108, "cpumap")]
    [InlineData("[Tracepoint(\"\", \"x\")] public void F(SyscallEnter c) { }", 2108, "needs a value for 'category'")]
    [InlineData("[Xdp] public XdpAction F(XdpContext c) => XdpAction.Pass; [Xdp(Name = \"F\")] public XdpAction G(XdpContext c) => XdpAction.Pass;", 2106, "named 'F'")]
    [InlineData("[Xdp] public XdpAction F(SkbContext skb) => XdpAction.Pass;", 2108, "a program in 'xdp' gets 'xdp_md'")]
    [InlineData("[Lsm(\"file_open\")] public int F(XdpContext ctx) => 0;", 2108, "does not get")]
    public void Wrong_declarations_are_refused_with_a_code(string members, int code, string words)
    {
        Assemblies.Probes("Wrong", "public sealed class X : Probe\n{\n    " + members + "\n}", out DiagnosticBag diagnostics);
        Diagnostic diagnostic = diagnostics.Items[0];
        Assert.Equal(code, diagnostic.Code.Number);
        Assert.Contains(words, diagnostic.ToString(), StringComparison.Ordinal);
        Assert.Equal("Wrong.cs", Path.GetFileName(diagnostic.Span!.Value.File));
        Assert.Equal(3, diagnostic.Span.Value.Line);
    }

    [Fact]
    public void Generic_probe_is_refused()
    {
        Assemblies.Probes("WrongGeneric", "public sealed class X<T> : Probe where T : unmanaged { public readonly ArrayMap<T> A = new(1); }", out DiagnosticBag diagnostics);
        Assert.Equal(2103, Assert.Single(diagnostics.Items).Code.Number);
    }

    private static void Collect(object owner, string path, Dictionary<string, MapDefinition> found)
    {
        foreach (FieldInfo field in owner.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            object? value = field.GetValue(owner);
            string name = MemberNames.OfNested(path, field.Name);
            if (value is Nectar.Probes.Map map) found.Add(name, map.Definition);
            else if (value?.GetType() is { IsClass: true } type && type.Assembly == typeof(Nectar.Probes.Probe).Assembly) Collect(value, name, found);
        }
    }
}
