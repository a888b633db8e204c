// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Nectar.Tests.Architecture;

/// <summary>Holds the code to the arrows of docs/architecture.md: who may use whom.</summary>
public sealed class AssemblyReferenceTests
{
    // Assembly → the Nectar assemblies it may use. A new assembly must be added here, and only then builds.
    private static readonly Dictionary<string, string[]> s_arrows = new()
    {
        ["Nectar.Bpf"] = [],
        ["Nectar.Linux"] = ["Nectar.Bpf"],
        ["Nectar.Capture"] = ["Nectar.Bpf", "Nectar.Linux"],
        ["Nectar.Debugging"] = ["Nectar.Bpf"],
        ["Nectar.Compiler"] = ["Nectar.Bpf"],
        ["Nectar.Probes"] = ["Nectar.Bpf", "Nectar.Linux"],
        ["Nectar.Trace"] = ["Nectar.Bpf", "Nectar.Linux", "Nectar.Compiler"],
        ["Nectar.Analyzers"] = [],
        ["Nectar.Build"] = ["Nectar.Bpf", "Nectar.Compiler"],
        ["Nectar.Build.Tool"] = ["Nectar.Bpf", "Nectar.Build", "Nectar.Compiler"],
        ["nectar"] = ["Nectar.Bpf", "Nectar.Linux", "Nectar.Capture", "Nectar.Debugging", "Nectar.Compiler", "Nectar.Probes", "Nectar.Build", "Nectar.Trace"],
    };

    // What would tie Nectar.Bpf to an operating system: native imports and the types that speak to one.
    private static readonly string[] s_operatingSystemTypes =
    [
        "System.IO.File", "System.IO.FileInfo", "System.IO.Directory", "System.Diagnostics.Process", "System.Environment.SpecialFolder",
        "System.Net.Sockets.Socket", "Microsoft.Win32.Registry", "System.Runtime.InteropServices.NativeLibrary",
    ];

    public static TheoryData<string> Assemblies => new(s_arrows.Keys);

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void References_AreOnlyTheArrowsOfTheDesign(string assembly)
    {
        using PEReader file = Open(assembly);
        MetadataReader metadata = file.GetMetadataReader();
        string[] used = [.. metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Where(name => name.StartsWith("Nectar", StringComparison.Ordinal) || name == "nectar")];

        Assert.Empty(used.Except(s_arrows[assembly]));
    }

    [Fact]
    public void NectarBpf_KnowsNoOperatingSystem()
    {
        using PEReader file = Open("Nectar.Bpf");
        MetadataReader metadata = file.GetMetadataReader();

        string[] imports = [.. metadata.MethodDefinitions
            .Select(metadata.GetMethodDefinition)
            .Where(method => !method.GetImport().Module.IsNil)
            .Select(method => metadata.GetString(method.Name))];
        Assert.Empty(imports);

        string[] types = [.. metadata.TypeReferences
            .Select(metadata.GetTypeReference)
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}")
            .Intersect(s_operatingSystemTypes)];
        Assert.Empty(types);
    }

    [Fact]
    public void EverySourceAssembly_HasItsArrows()
    {
        string source = Path.Combine(Support.Repository.Root, "src");
        string[] projects = [.. Directory.GetFiles(source, "*.csproj", SearchOption.AllDirectories).Select(path => Path.GetFileNameWithoutExtension(path)!)];
        Assert.Equal(s_arrows.Keys.Order(), projects.Order());
    }

    private static PEReader Open(string assembly)
    {
        string beside = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
        if (File.Exists(beside)) return new PEReader(File.OpenRead(beside));

        // The command is not referenced by the tests: it lies in the build output of the same configuration.
        string configuration = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(beside)!)!);
        string output = Path.Combine(Support.Repository.Root, "artifacts", "bin", assembly, configuration);
        string found = Directory.GetFiles(output, assembly + ".dll", SearchOption.AllDirectories).OrderByDescending(File.GetLastWriteTimeUtc).First();
        return new PEReader(File.OpenRead(found));
    }
}
