// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Nectar.GuestTests.Harness;

/// <summary>The assertions of the guest tests. A message says what was found: nobody can attach a debugger in there.</summary>
internal static class Check
{
    internal static void True([DoesNotReturnIf(false)] bool condition, string? note = null, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        if (!condition) throw new CheckException($"not true: {text}{(note is null ? "" : $" ({note})")}");
    }

    internal static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string? text = null)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual)) throw new CheckException($"{text}: expected {expected}, found {actual}");
    }

    internal static void AtLeast(ulong expected, ulong actual, [CallerArgumentExpression(nameof(actual))] string? text = null)
    {
        if (actual < expected) throw new CheckException($"{text}: expected at least {expected}, found {actual}");
    }

    internal static void Contains(string expected, string actual)
    {
        if (!actual.Contains(expected, StringComparison.Ordinal)) throw new CheckException($"'{expected}' is not in: {actual}");
    }

    internal static T Throws<T>(Action action)
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T expected)
        {
            return expected;
        }

        throw new CheckException($"expected {typeof(T).Name}, nothing was thrown");
    }

    /// <summary>Waits for what happens soon, such as a deferred detach.</summary>
    internal static void Soon(Func<bool> condition, int timeoutMs = 5000, [CallerArgumentExpression(nameof(condition))] string? text = null)
    {
        for (long end = Environment.TickCount64 + timeoutMs; !condition(); Thread.Sleep(5))
        {
            if (Environment.TickCount64 > end) throw new CheckException($"not true within {timeoutMs} ms: {text}");
        }
    }
}
