// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Verifier.Explanations;

public sealed class ViolationTableTests
{
    [Fact]
    public void EveryKind_HasOneRow_WithWordsOfItsOwn()
    {
        ViolationKind[] kinds = Enum.GetValues<ViolationKind>();
        Assert.Equal(kinds, [.. ViolationTable.All.ToArray().Select(row => row.Kind).Order()]);
        Assert.Equal(kinds.Length, ViolationTable.All.ToArray().Select(row => row.Number).Distinct().Count());
        Assert.Equal(kinds.Length, ViolationTable.All.ToArray().Select(row => row.Title).Distinct().Count());
        foreach (ViolationKind kind in kinds) Assert.Equal(kind, ViolationTable.Find(kind).Kind);
    }

    [Fact]
    public void EveryRow_HasItsCategorysNumber_TitleAndSuggestion()
    {
        foreach (ViolationRow row in ViolationTable.All)
        {
            Assert.Equal(31 + (int)row.Category, row.Number / 100);
            Assert.True(char.IsLower(row.Title[0]) || char.IsDigit(row.Title[0]), row.Title);
            Assert.False(row.Title.EndsWith('.'), row.Title);
            Assert.True(row.Suggestion.Length > 12, row.Title);
        }
    }

    [Fact]
    public void EveryRow_HasAnEntryInTheDocs()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "diagnostics", "verifier.md"));
        string[] missing = [.. ViolationTable.All.ToArray().Where(row => !text.Contains($"## {row.Code}: {row.Title}\n", StringComparison.Ordinal)).Select(row => $"{row.Code}: {row.Title}")];
        Assert.True(missing.Length == 0, "no entry in docs/diagnostics/verifier.md for: " + string.Join("; ", missing));
    }
}
