// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.BuildTests.Packages;

/// <summary>What a user does with the packages: a template, a build, a broken probe, one file.</summary>
public sealed class PackageTests(PackedHome home) : IClassFixture<PackedHome>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RootFact]
    public void Template_RunsInTheKernel_AfterTwoCommands()
    {
        Succeeds(home.Run(_folder.Path, "dotnet", "new", "nectar-probe", "-o", "hello"));
        string text = Succeeds(home.Run(_folder.Path, "dotnet", "run", "--project", "hello", "--", "--for", "2"));
        Assert.StartsWith("programs that start, until Ctrl-C:", text.TrimStart(), StringComparison.Ordinal);
        Assert.EndsWith(" started", text.TrimEnd(), StringComparison.Ordinal);
    }

    [ToolFact("dotnet")]
    public void Build_PutsTheObjectBesideTheApp_OnlyWhenSomethingChanged()
    {
        Succeeds(home.Run(_folder.Path, "dotnet", "new", "nectar-probe", "-o", "hello"));
        string project = Path.Combine(_folder.Path, "hello"), made = Path.Combine(project, "bin", "Debug", "net10.0", "hello.bpf.o"), manifest = Path.Combine(project, "obj", "Debug", "net10.0", "nectar", "objects.txt");
        Succeeds(home.Run(project, "dotnet", "build", "-v", "q"));
        BpfObject source = ObjectReader.Read(File.ReadAllBytes(made), "hello");
        Assert.Equal("Exec", Assert.Single(source.Programs).Name);

        DateTime time = File.GetLastWriteTimeUtc(manifest);
        Succeeds(home.Run(project, "dotnet", "build", "-v", "q"));
        Assert.Equal(time, File.GetLastWriteTimeUtc(manifest));
        Succeeds(home.Run(project, "dotnet", "build", "-v", "q", "-p:NectarCpu=v2"));
        Assert.NotEqual(time, File.GetLastWriteTimeUtc(manifest));

        Succeeds(home.Run(project, "dotnet", "publish", "-v", "q", "-o", Path.Combine(_folder.Path, "out")));
        Assert.True(File.Exists(Path.Combine(_folder.Path, "out", "hello.bpf.o")));
        Succeeds(home.Run(project, "dotnet", "clean", "-v", "q"));
        Assert.False(File.Exists(made));
    }

    [ToolFact("dotnet")]
    public void Mistake_IsAnErrorOfTheBuild_AtItsPlace()
    {
        Succeeds(home.Run(_folder.Path, "dotnet", "new", "nectar-probe", "-o", "hello"));
        string source = Path.Combine(_folder.Path, "hello", "ExecProbe.cs");
        File.WriteAllText(source, File.ReadAllText(source).Replace("        Started++;", "        object box = Started;\n        Started += (ulong)box.GetHashCode();", StringComparison.Ordinal));
        (int code, string text) = home.Run(Path.Combine(_folder.Path, "hello"), "dotnet", "build", "-v", "q");
        Assert.NotEqual(0, code);
        Assert.Matches(@"ExecProbe\.cs\(2[0-9],\d+.*\): error NEC2\d\d\d: ", text);
        Assert.Matches(@"ExecProbe\.cs\(2[0-9],\d+.*\): warning NEC2359: 'GetHashCode' is called virtually", text); // the analyzer's
        Assert.Contains("error NEC2308: the probes of 'hello' were not compiled", text, StringComparison.Ordinal);
    }

    [RootFact]
    public void SingleFile_Runs() => Assert.EndsWith(" started", RunFile("exec.cs").TrimEnd(), StringComparison.Ordinal);

    [RootFact]
    public void SingleFileWithAScript_Runs() => Assert.Matches(@"(?s)^opens that take longer than 50 µs, until Ctrl-C:.*\n +\d+ µs  \d+\s*$", RunFile("slow-files.cs").TrimStart());

    private string RunFile(string name)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "samples", "single-file"))) File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));
        return Succeeds(home.Run(_folder.Path, "dotnet", "run", name, "--", "--for", "2"));
    }

    private static string Succeeds((int Code, string Text) result)
    {
        Assert.True(result.Code == 0, result.Text);
        return result.Text;
    }
}

/// <summary>A test that loads into the running kernel.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Linux)) Skip = "no Linux";
        else if (Environment.UserName != "root") Skip = "not root";
    }
}
