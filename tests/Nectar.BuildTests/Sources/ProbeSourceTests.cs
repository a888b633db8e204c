// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Build.Sources;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.BuildTests.Sources;

/// <summary>What a user may name: a file, a project, its folder, an assembly.</summary>
public sealed class ProbeSourceTests : IDisposable
{
    private const string Project = "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Project_AndItsFolder_GiveTheSameAssembly()
    {
        string project = _folder.Write("app/app.csproj", Project);
        string source = _folder.Write("app/A.cs", "public class A { public int F() => 1; }");
        CompiledProbes built = ProbeSource.Open(project);
        Assert.Equal(("app", "app.dll"), (built.Name, Path.GetFileName(built.Assembly)));
        Assert.Equal(built.Assembly, ProbeSource.Open(Path.GetDirectoryName(project)!).Assembly);
        Assert.Equal(built.Assembly, ProbeSource.Open(built.Assembly).Assembly);

        File.WriteAllText(source, "public class A { public int F() => x; }");
        Diagnostic mistake = Assert.Single(Assert.Throws<CompileException>(() => ProbeSource.Open(project)).Diagnostics);
        Assert.Equal((2301, source, 1, 36), (mistake.Code.Number, mistake.Span!.Value.File, mistake.Span.Value.Line, mistake.Span.Value.Column));
        Assert.Equal("public class A { public int F() => x; }", mistake.SourceLine);
    }

    [Fact]
    public void FileWithAProject_GoesThroughTheBuildEngine()
    {
        _folder.Write("lib/lib.csproj", Project);
        _folder.Write("lib/Lib.cs", "namespace Lib; public struct Shared { public int X; }");
        string app = _folder.Write("app.cs", "#:project lib/lib.csproj\nConsole.WriteLine(default(Lib.Shared).X);\n");
        Assert.True(File.Exists(ProbeSource.Open(app).Assembly));
    }

    [Fact]
    public void FolderWithSeveralProjects_AsksWhich()
    {
        _folder.Write("a.csproj", Project);
        _folder.Write("b.csproj", Project);
        Assert.True(ProbeSource.IsProbeSource(_folder.Path));
        Diagnostic problem = Assert.Throws<CompileException>(() => ProbeSource.Open(_folder.Path)).Diagnostics[0];
        Assert.Equal(2304, problem.Code.Number);
        Assert.Throws<FileNotFoundException>(() => ProbeSource.Open(Path.Combine(_folder.Path, "none.cs")));
        Assert.False(ProbeSource.IsProbeSource("samples/block_http.bpfasm"));
    }
}
