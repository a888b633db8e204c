// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Binding;

/// <summary>What the binder is told besides the script.</summary>
internal sealed record BindOptions
{
    /// <summary>What attach points depend on: they are looked up with it, and it is given the script's settings and ways to find types. Null: see <see cref="Resolve"/>.</summary>
    public AttachOptions? Attach { get; init; }

    /// <summary>The hooks of an attach point, where <see cref="Attach"/> is null. Reports what is wrong with it itself; none: the probe is left out. Null: nothing is looked up and every attach point is one hook that has no arguments.</summary>
    public Func<AttachPoint, ImmutableArray<ProbeTarget>>? Resolve { get; init; }

    /// <summary>Settings that win over the script's <c>config</c>: <c>BPFTRACE_*</c> variables, names in small letters without the prefix.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary><c>$1</c>, <c>$2</c> …</summary>
    public ImmutableArray<string> PositionalParameters { get; init; } = [];

    /// <summary>What <c>getopt</c> gives: <c>--name=value</c>; null for a name without value.</summary>
    public IReadOnlyDictionary<string, string?> NamedParameters { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary><c>--unsafe</c>.</summary>
    public bool IsUnsafe { get; init; }

    /// <summary>A command is run (<c>-c</c>): <c>cpid</c> is known.</summary>
    public bool HasCommand { get; init; }

    public int ProcessId { get; init; }

    /// <summary>Off: <c>--no-warnings</c>.</summary>
    public bool Warns { get; init; } = true;

    public bool IsStrict { get; init; }

    /// <summary>Names of types; by default those of the script's C and of the running kernel.</summary>
    public TypeWorld? Types { get; init; }
}
