// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Names;

namespace Nectar.Trace.Probes;

/// <summary>Patterns of attach points: <c>*</c> is any text.</summary>
internal static class Wildcard
{
    /// <summary>A pattern, not a name.</summary>
    public static bool Is(string text) => text.Contains('*', StringComparison.Ordinal);

    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name) => NamePattern.Matches(pattern, name);
}
