// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Build;
using Nectar.Build.Sources;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.BuildTests;

/// <summary>From what a user names to objects and their files.</summary>
public sealed class ProbeBuildTests : IDisposable
{
    private const string Two = """
        using Nectar.Probes;
        namespace Probed;
        public sealed class First : Probe { [Xdp] public XdpAction Pass(XdpContext context) => XdpAction.Pass; }
        public sealed class Second : Probe { [Xdp] public XdpAction Drop(XdpContext context) => XdpAction.Drop; }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sample_BecomesAnObject_ThatIsWrittenOnce()
    {
        ProbeBuild build = ProbeBuild.Open(Path.Combine(Repository.Root, "samples", "BlockHttp.cs"), new BuildOptions(), out CompiledProbes source);
        ProbeObject made = Assert.Single(build.Objects);
        Assert.Equal(("BlockHttp", "BlockHttp", "Filter"), (source.Name, made.Class, Assert.Single(made.Programs).Name));
        Assert.InRange(made.Programs[0].Instructions, 20, 100);
        Assert.InRange(made.Programs[0].Processed, 20, 142);

        string path = Assert.Single(build.Write(_folder.Path, source.Name));
        Assert.Equal("BlockHttp.bpf.o", Path.GetFileName(path));
        DateTime before = File.GetLastWriteTimeUtc(path);
        build.Write(_folder.Path, source.Name);
        Assert.Equal(before, File.GetLastWriteTimeUtc(path));
        Assert.Equal("Filter", Assert.Single(ObjectReader.Read(File.ReadAllBytes(path), "BlockHttp").Programs).Name);
    }

    [Fact]
    public void BytesThatReadAsText_AreCharacters()
    {
        BpfObject made = ProbeBuild.Open(Path.Combine(Repository.Root, "samples", "single-file", "exec.cs"), new BuildOptions(), out _).Objects[0].Object;
        uint started = made.Types!.FindByName("Started", BtfKind.Struct);
        byte[] bytes = new byte[20];
        "\u0007\0\0\0sh"u8.CopyTo(bytes);
        Assert.Equal("{Pid: 7, Command: \"sh\"}", BtfValueFormatter.ToText(made.Types, started, bytes));
    }

    [Fact]
    public void SeveralProbes_HaveAFileEach()
    {
        ProbeBuild build = ProbeBuild.Open(_folder.Write("two.cs", Two), new BuildOptions(), out CompiledProbes source);
        Assert.Equal(["First.bpf.o", "Second.bpf.o"], build.Write(_folder.Path, source.Name).Select(Path.GetFileName));
    }

    [Fact]
    public void Refusal_IsAtTheLineOfTheSource()
    {
        string path = _folder.Write("bad.cs", "using Nectar.Probes;\npublic sealed class Bad : Probe\n{\n    [Xdp]\n    public XdpAction F(XdpContext context)\n    {\n        double length = context.Packet.Length;\n        return length > 1.5 ? XdpAction.Drop : XdpAction.Pass;\n    }\n}\n");
        CompileException problem = Assert.Throws<CompileException>(() => ProbeBuild.Open(path, new BuildOptions(), out _));
        Assert.InRange(problem.Diagnostics[0].Code.Number, 2000, 2099);
        Assert.Equal((path, 7), (problem.Diagnostics[0].Span!.Value.File, problem.Diagnostics[0].Span!.Value.Line));
    }

    [Fact]
    public void WhatIsNoProbe_OrNoPass_IsSaid()
    {
        string empty = _folder.Write("empty.cs", "public class A;\n");
        Assert.Equal(2305, Assert.Throws<CompileException>(() => ProbeBuild.Open(empty, new BuildOptions(), out _)).Diagnostics[0].Code.Number);
        Assert.Equal(2307, Assert.Throws<CompileException>(() => ProbeBuild.Open(empty, new BuildOptions { DumpAfter = "Nothing" }, out _)).Diagnostics[0].Code.Number);
        Assert.Equal(2307, Assert.Throws<CompileException>(() => BuildOptions.Parse("v5", null)).Diagnostics[0].Code.Number);
        Assert.Equal(2307, Assert.Throws<CompileException>(() => BuildOptions.Parse(null, "six")).Diagnostics[0].Code.Number);
    }

    [Fact]
    public void Dump_ShowsTheRepresentation()
    {
        List<string> texts = [];
        ProbeBuild.Open(_folder.Write("two.cs", Two), new BuildOptions { DumpAfter = "front", DumpSink = texts.Add }, out _);
        Assert.Equal(2, texts.Count);
        Assert.StartsWith("; Pass after front\nfunction Pass", texts[0], StringComparison.Ordinal);
    }
}
