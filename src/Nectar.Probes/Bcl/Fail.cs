// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;

namespace Nectar.Probes.Bcl;

/// <summary>The way out of a program.</summary>
internal static class Fail
{
    /// <summary>Leaves the program: enclosing <c>finally</c> blocks run, and its default result is returned.</summary>
    [Intrinsic("abort")]
    [DoesNotReturn]
    internal static void Abort() => throw new InvalidOperationException("the program was aborted");
}
