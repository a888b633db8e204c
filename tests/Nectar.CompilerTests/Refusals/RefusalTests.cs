// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.Bpf.Isa;
using Nectar.Compiler;

namespace Nectar.CompilerTests.Refusals;

/// <summary>What cannot be compiled is refused with a code, at its place in the C#, and with what to do instead.</summary>
public sealed partial class RefusalTests
{
    // Damaged files and inner failures have tests of their own: there is no C# that leads to them.
    private static readonly string[] s_withoutSource = ["NEC2009", "NEC2022", "NEC2100", "NEC2101", "NEC2109", "NEC2110", "NEC2111", "NEC2202", "NEC2205"];

    public static TheoryData<string> Cases => [.. GoldenFile.All(RefusedAssembly.Folder).Select(golden => golden.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compile_WhatCannotBe_IsRefusedInWords(string name)
    {
        GoldenFile golden = GoldenFile.Read(Path.Combine(GoldenFile.Folder(RefusedAssembly.Folder), name + ".golden"));
        CompilerOptions options = new() { Cpu = golden.Option("cpu") is { Length: 2 } cpu ? Enum.Parse<CpuVersion>(cpu, ignoreCase: true) : CpuVersion.V3 };
        CompileException refused = Assert.Throws<CompileException>(() => ProbeCompiler.Compile(RefusedAssembly.Path, RefusedAssembly.Class(name), options));
        string text = string.Join('\n', refused.Diagnostics.Select(d => d.ToString())).Replace(Path.GetDirectoryName(RefusedAssembly.Path) + "/", "", StringComparison.Ordinal)
            .Replace($"Refused.{name.Replace('-', '_')}.", "", StringComparison.Ordinal);
        golden.Check([("error", text)]);
        Assert.Contains(refused.Diagnostics, d => d.Code.ToString() == name[..7]);
        Assert.Contains(refused.Diagnostics, d => d.Notes.Any(note => note.StartsWith("help:", StringComparison.Ordinal)));
    }

    [Fact]
    public void Codes_OfTheCompiler_HaveACase()
    {
        string[] documented = [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "diagnostics"), "*.md").SelectMany(File.ReadAllLines).Select(line => Heading().Match(line)).Where(m => m.Success).Select(m => m.Groups[1].Value)];
        string[] missing = [.. documented.Except(s_withoutSource).Except(GoldenFile.All(RefusedAssembly.Folder).Select(golden => golden.Name[..7])).Order(StringComparer.Ordinal)];
        Assert.True(missing.Length == 0, $"no case in tests/golden/{RefusedAssembly.Folder} for {string.Join(", ", missing)}");
    }

    // legality, declarations, back end; the tools and the library have their own
    [GeneratedRegex("^## (NEC2[012][0-9]{2}):")]
    private static partial Regex Heading();
}
