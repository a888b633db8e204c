// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Parameters and result of a function of a program.</summary>
internal sealed record DwarfArguments(StructType Arguments, TraceType? Result)
{
    /// <summary>What the debug information of a file says; null where it has none.</summary>
    public static DwarfArguments? Read(string file, string function, AttachOptions options) => null;

    /// <summary>The parameters as C declares them.</summary>
    public static IEnumerable<string> Declarations(string file, string function, AttachOptions options) => [];
}
