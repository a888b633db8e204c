// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Language.Syntax;

/// <summary>What a script is read with, besides its text.</summary>
internal sealed record ParseOptions
{
    public static readonly ParseOptions Default = new();

    /// <summary>Words behind the script: <c>$1</c>, <c>$2</c> …</summary>
    public ImmutableArray<string> Parameters { get; init; } = [];

    /// <summary><c>--name=value</c> behind the script's <c>--</c>, in order; a name without value is a switch (null).</summary>
    public ImmutableArray<KeyValuePair<string, string?>> NamedParameters { get; init; } = [];

    /// <summary><c>-I</c>: where <c>#include</c> looks first.</summary>
    public ImmutableArray<string> IncludeFolders { get; init; } = [];

    /// <summary><c>--include</c>: C headers read before the script's own C.</summary>
    public ImmutableArray<string> Includes { get; init; } = [];

    /// <summary>Folder that relative imports and includes are found from; null: that of the script, or the current one.</summary>
    public string? Folder { get; init; }

    public bool IsUnsafe { get; init; }

    /// <summary>False for <c>--fmt</c>: macros, imports, parameters and C stay as written.</summary>
    public bool Expand { get; init; } = true;
}
