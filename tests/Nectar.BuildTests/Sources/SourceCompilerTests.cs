// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Build.Sources;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.BuildTests.Sources;

/// <summary>One file of C# to an assembly, by the compiler of the SDK that these tests run on.</summary>
public sealed class SourceCompilerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private CompiledProbes Compile(string path) => SourceCompiler.Compile(path, new SourceCache(Path.Combine(_folder.Path, "cache")));

    [Fact]
    public void File_IsCompiledOnce_UntilItChanges()
    {
        string path = _folder.Write("my probe.cs", "public unsafe struct task_struct { public int pid; }\npublic sealed class Counter { public uint Next(uint x) => Math.Max(x, 1) + 1; }\n");
        CompiledProbes first = Compile(path), again = Compile(path);
        Assert.Equal("my_probe", first.Name);
        Assert.True(first.Elapsed > TimeSpan.Zero);
        Assert.Equal((TimeSpan.Zero, first.Assembly), (again.Elapsed, again.Assembly));
        Assert.Empty(first.Warnings); // lower-case names and fields that nobody assigns are what kernel types are made of
        Assert.Equal([path], Documents(first.Assembly).Where(name => !name.EndsWith("Usings.cs", StringComparison.Ordinal)));

        File.AppendAllText(path, "// changed\n");
        Assert.NotEqual(first.Assembly, Compile(path).Assembly);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_folder.Path, "cache")).Length);
    }

    [Fact]
    public void TopLevelProgram_WithDirectives_IsCompiledToo()
    {
        string path = _folder.Write("app.cs", "#:package Nectar.Probes@*\n#:property PublishAot=false\nConsole.WriteLine(new Counter().Next());\npublic sealed class Counter { public int Next() => 1; }\n");
        using PEReader assembly = new(File.OpenRead(Compile(path).Assembly));
        Assert.NotEqual(0, assembly.PEHeaders.CorHeader!.EntryPointTokenOrRelativeVirtualAddress);
    }

    [Fact]
    public void Mistake_HasItsPlaceAndItsLine()
    {
        string path = _folder.Write("bad.cs", "public class A\n{\n\tint F() => missing + 1;\n}\n");
        CompileException problem = Assert.Throws<CompileException>(() => Compile(path));
        Assert.Equal($"{path}(3,13): error NEC2301: CS0103: The name 'missing' does not exist in the current context\n    3 | \tint F() => missing + 1;\n      | \t           ^^^^^^^", Assert.Single(problem.Diagnostics).ToString());
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder.Path, "cache")));
    }

    [Fact]
    public void Warning_IsRepeatedFromTheCache()
    {
        string path = _folder.Write("warn.cs", "public class A { int F() { int unused = 1; return 2; } }\n");
        foreach (CompiledProbes compiled in new[] { Compile(path), Compile(path) })
            Assert.Equal(("CS0219", Severity.Warning), (Assert.Single(compiled.Warnings).Message[..6], compiled.Warnings[0].Severity));
    }

    private static string[] Documents(string path)
    {
        using PEReader assembly = new(File.OpenRead(path));
        DebugDirectoryEntry entry = assembly.ReadDebugDirectory().Single(e => e.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider provider = assembly.ReadEmbeddedPortablePdbDebugDirectoryData(entry);
        MetadataReader reader = provider.GetMetadataReader();
        return [.. reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name))];
    }
}
