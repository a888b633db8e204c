// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Compiler;
using Nectar.Linux.Loading;

namespace Nectar.CompilerTests.Compilation;

/// <summary>Assemblies become objects that are verified here, written and taken by loaders; what is wrong is said at its place.</summary>
public sealed class ProbeCompilerTests
{
    private const string Counter = """
        public sealed class Counter : Probe
        {
            public readonly ArrayMap<ulong> Hits = new(4);
            [Xdp]
            public XdpAction Count(XdpContext ctx)
            {
                if (Hits[0] is { IsNull: false } hits) hits.Value++;
                return XdpAction.Pass;
            }
        }
        """;

    [Fact]
    public void Samples_compile_and_what_needs_no_kernel_is_verified()
    {
        ImmutableArray<CompilationResult> results = ProbeCompiler.CompileAll(typeof(Samples.BlockHttp).Assembly.Location);
        Assert.True(results.Length >= 10);
        Assert.All(results, result => Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics)));
        ProgramStatistics filter = results.First(r => r.Probe == "Samples.BlockHttp").Programs[0];
        Assert.True(filter is { Name: "Filter", Section: "xdp", Unverified: null, Instructions: > 20 and < 120, Processed: > 20 }, filter.ToString());
        Assert.Equal("needs the kernel's types", results.First(r => r.Probe == "Samples.DenyOpen").Programs[0].Unverified);
    }

    [KernelFact]
    public void Samples_are_verified_with_the_running_kernels_types()
    {
        CompilerOptions options = new() { KernelTypes = Nectar.Bpf.Btf.BtfTypes.Parse(File.ReadAllBytes("/sys/kernel/btf/vmlinux")) };
        ImmutableArray<CompilationResult> results = ProbeCompiler.CompileAll(typeof(Samples.BlockHttp).Assembly.Location, options);
        Assert.All(results, result => Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics)));
        Assert.All(results.SelectMany(result => result.Programs), program => Assert.True(program.Unverified is null && program.Processed > 0, program.ToString()));
    }

    /// <summary>Programs that the sandbox of the tests may not load (fentry, LSM: EPERM) are loaded in the guest lane.</summary>
    [KernelFact("bpftool")]
    public void Written_samples_are_loaded_by_bpftool()
    {
        List<string> refused = [];
        int loaded = 0;
        string pins = $"/sys/fs/bpf/nectar-samples-{Environment.ProcessId}", path = Path.Combine(Path.GetTempPath(), $"nectar-samples-{Environment.ProcessId}.o");
        foreach (CompilationResult result in ProbeCompiler.CompileAll(typeof(Samples.BlockHttp).Assembly.Location))
        {
            if (result.Programs.Any(p => p.Section.StartsWith("lsm", StringComparison.Ordinal) || p.Section.StartsWith("fe", StringComparison.Ordinal))) continue;
            File.WriteAllBytes(path, ObjectWriter.ToArray(result.Object!));
            try
            {
                (int code, string output, string error) = TestEnvironment.Run("bpftool", "prog", "loadall", path, pins);
                if (code != 0) refused.Add($"{result.Probe}: {output}{error}");
                loaded++;
            }
            finally
            {
                File.Delete(path);
                if (Directory.Exists(pins)) Directory.Delete(pins, recursive: true);
            }
        }

        Assert.True(refused.Count == 0, string.Join('\n', refused));
        Assert.True(loaded >= 8);
    }

    [Theory]
    [InlineData(4, "4.19", "2")]
    [InlineData(4, "5.4", "3")]
    [InlineData(1, "6.18", "1")]
    [InlineData(4, "6.18", "4")]
    public void Old_kernels_get_an_instruction_set_that_they_have(int asked, string kernel, string expected)
    {
        Assert.True(KernelVersion.TryParse(kernel, out KernelVersion version));
        CompilerOptions options = new() { Cpu = (Nectar.Bpf.Isa.CpuVersion)asked, Kernel = version };
        Assert.Equal("V" + expected, options.EffectiveCpu.ToString());
        CompilationResult result = ProbeCompiler.Compile(CSharp.Compile("Counter", Counter), "Counter", options);
        Assert.DoesNotContain(result.Object!.Functions[0].Instructions, i => Nectar.Bpf.Isa.OpcodeTable.Find(i) is { } row && (int)row.Cpu > (int)options.EffectiveCpu);
    }

    [Fact]
    public void Same_assembly_gives_the_same_bytes_from_path_and_stream()
    {
        string path = CSharp.Compile("Counter", Counter);
        byte[] first = ObjectWriter.ToArray(ProbeCompiler.Compile(path, "Counter").Object!);
        byte[] second = ObjectWriter.ToArray(ProbeCompiler.CompileAll(path)[0].Object!);
        using FileStream assembly = File.OpenRead(path), symbols = File.OpenRead(Path.ChangeExtension(path, ".pdb"));
        byte[] third = ObjectWriter.ToArray(ProbeCompiler.CompileAll(assembly, symbols)[0].Object!);
        Assert.Equal(first, second);
        Assert.Equal(first, third);
    }

    [Fact]
    public void Assembly_without_debug_information_compiles_to_the_same_code()
    {
        BpfObject with = ProbeCompiler.Compile(CSharp.Compile("Counter", Counter), "Counter").Object!;
        BpfObject without = ProbeCompiler.Compile(CSharp.Compile("Counter", Counter, new CSharpOptions(Symbols: false)), "Counter").Object!;
        Assert.Equal(with.Functions[0].Instructions, without.Functions[0].Instructions);
        Assert.NotEmpty(with.Functions[0].Lines);
        Assert.Empty(without.Functions[0].Lines);
        Assert.Equal("                if (Hits[0] is { IsNull: false } hits) hits.Value++;".Trim(), with.Functions[0].Lines.First(l => l.Line == 7).Text.Trim());
    }

    [Fact]
    public void What_the_verifier_refuses_is_an_error_at_the_line()
    {
        CompilationResult result = Assert.Single(ProbeCompiler.CompileAll(CSharp.Compile("Unchecked", """
            public sealed unsafe class Unchecked : Probe
            {
                [Xdp]
                public XdpAction First(XdpContext ctx)
                {
                    Packet packet = ctx.Packet;
                    byte first = *packet.Start;
                    return first == 1 ? XdpAction.Drop : XdpAction.Pass;
                }
            }
            """)));
        Assert.False(result.Succeeded);
        Diagnostic error = Assert.Single(result.Diagnostics);
        Assert.InRange(error.Code.Number, 3000, 3999);
        Assert.Equal(("Unchecked.cs", 7), (Path.GetFileName(error.Span!.Value.File), error.Span.Value.Line));
        Assert.Contains("byte first = *packet.Start;", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_wrong_probe_does_not_hide_the_others()
    {
        ImmutableArray<CompilationResult> results = ProbeCompiler.CompileAll(CSharp.Compile("Several", Counter + """
            public sealed class Wrong : Probe { public readonly RingBuffer<int> Ring = new(3); [Xdp] public XdpAction F(XdpContext c) => XdpAction.Pass; }
            public sealed class WrongName : Probe { [Xdp(Target = "x")] public XdpAction F(XdpContext c) => XdpAction.Pass; }
            """));
        Assert.True(results.First(r => r.Probe == "Counter").Succeeded);
        Assert.Equal(2107, results.First(r => r.Probe == "Wrong").Diagnostics[0].Code.Number);
        Assert.Contains(results, r => !r.Succeeded && r.Diagnostics.Any(d => d.Code.Number == 2108));
    }

    [Fact]
    public void Code_of_other_assemblies_is_used()
    {
        string helper = CSharp.Compile("Other", "public struct Pair { public uint A, B; public readonly uint Sum() => A + B; } public static class Twice { public static uint Of(uint x) => x * 2; }");
        string path = CSharp.Compile("UsesOther", """
            public sealed class UsesOther : Probe
            {
                [Xdp] public XdpAction F(XdpContext ctx) { Packet p = ctx.Packet; return p.TryAt(0, out Ref<Pair> pair) && Twice.Of(pair.Value.Sum()) == 6 ? XdpAction.Drop : XdpAction.Pass; }
            }
            """, references: [helper]);
        CompilationResult found = ProbeCompiler.CompileAll(path, new CompilerOptions { References = [helper] })[0];
        Assert.True(found.Succeeded, string.Join('\n', found.Diagnostics));
        CompilationResult missing = ProbeCompiler.CompileAll(path)[0];
        Assert.False(missing.Succeeded);
        Assert.Equal(2101, missing.Diagnostics[0].Code.Number);
        Assert.Contains("Other", missing.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not an assembly")]
    [InlineData("")]
    public void What_is_no_assembly_is_refused(string content)
    {
        using MemoryStream stream = new(System.Text.Encoding.ASCII.GetBytes(content));
        Assert.Equal(2100, Assert.Throws<CompileException>(() => ProbeCompiler.CompileAll(stream)).Diagnostics[0].Code.Number);
    }

    [Fact]
    public void Unknown_probe_is_refused() =>
        Assert.Equal(2109, Assert.Throws<CompileException>(() => ProbeCompiler.Compile(CSharp.Compile("Counter", Counter), "NoSuch")).Diagnostics[0].Code.Number);

    [Fact]
    public void Dumps_show_the_function_after_the_named_pass()
    {
        List<string> front = [], all = [];
        string path = CSharp.Compile("Counter", Counter);
        ProbeCompiler.CompileAll(path, new CompilerOptions { DumpAfter = "front", DumpSink = front.Add });
        ProbeCompiler.CompileAll(path, new CompilerOptions { DumpAfter = "all", DumpSink = all.Add });
        Assert.Contains("function Count i32", Assert.Single(front), StringComparison.Ordinal);
        Assert.True(all.Count > 10);
    }

    [Fact]
    public void Damaged_assemblies_never_crash_the_compiler()
    {
        byte[] image = File.ReadAllBytes(CSharp.Compile("Counter", Counter));
        Random random = new(11);
        int failed = 0;
        for (int round = 0; round < 150; round++)
        {
            byte[] damaged = [.. image];
            for (int i = 0; i < 6; i++) damaged[random.Next(512, damaged.Length)] = (byte)random.Next(256);
            try
            {
                using MemoryStream stream = new(damaged);
                failed += ProbeCompiler.CompileAll(stream).All(r => r.Succeeded) ? 0 : 1;
            }
            catch (CompileException)
            {
                failed++;
            }
        }

        Assert.True(failed > 20, $"{failed} of 150 were refused");
    }
}
