// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>A set of names written as one text with a blank between; indexed on first use.</summary>
/// <param name="words">The names.</param>
internal sealed class NameSet(string words)
{
    private HashSet<string>? _index;

    /// <summary>True if a name is one of the set.</summary>
    internal bool Contains(ReadOnlySpan<char> name) => (_index ??= new(words.Split(' '), StringComparer.Ordinal)).GetAlternateLookup<ReadOnlySpan<char>>().Contains(name);
}
