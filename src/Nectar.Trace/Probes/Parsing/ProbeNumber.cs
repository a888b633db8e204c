// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Probes.Parsing;

/// <summary>Numbers in attach points: those of scripts, but with suffixes in lower case only; a unit of time makes them nanoseconds.</summary>
internal static class ProbeNumber
{
    /// <summary>Reads a number; the problem in words if it is none.</summary>
    public static bool TryParse(string text, out ulong value, out string problem) => IntegerText.TryParse(text, out value, out problem, StringComparison.Ordinal);
}
