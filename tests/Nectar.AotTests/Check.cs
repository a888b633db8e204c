// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.AotTests;

/// <summary>The two assertions that an AOT check needs.</summary>
internal static class Check
{
    internal static void True(bool condition, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        if (!condition) throw new InvalidOperationException($"not true: {text}");
    }

    internal static void Contains(string expected, string actual)
    {
        if (!actual.Contains(expected, StringComparison.Ordinal)) throw new InvalidOperationException($"'{expected}' is not in: {actual}");
    }
}
