// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Tools;

namespace Nectar.TraceTests.Tools;

/// <summary>The pages about the ready scripts name all of them and no others.</summary>
public sealed class ToolPageTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "docs", "tools");

    [Fact]
    public void Sections_OfThePages_AreTheTools()
    {
        List<string> sections = [];
        foreach (string page in Directory.EnumerateFiles(s_folder, "*.md"))
        {
            if (Path.GetFileName(page) != "README.md") sections.AddRange(File.ReadLines(page).Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
        }

        Assert.Equal(ToolList.Names.Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Index_NamesEachToolWithItsPurpose()
    {
        string index = File.ReadAllText(Path.Combine(s_folder, "README.md"));
        foreach (string name in ToolList.Names) Assert.Contains($"#{name}) | {ToolList.Find(name)!.Purpose} |", index, StringComparison.Ordinal);
    }
}
