// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Functions;

/// <summary>What an argument has to be.</summary>
/// <param name="Kind">Its kind; <see cref="TypeKind.None"/> where the function looks itself.</param>
/// <param name="IsLiteral">Known before the program runs.</param>
internal readonly record struct ArgumentRule(TypeKind Kind, bool IsLiteral = false)
{
    public static readonly ArgumentRule Any = default, Integer = new(TypeKind.Integer), Number = new(TypeKind.Integer, true), Text = new(TypeKind.String), Literal = new(TypeKind.String, true), Pointer = new(TypeKind.Pointer);
}

/// <summary>A function of the language.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Minimum">Fewest arguments.</param>
/// <param name="Maximum">Most arguments.</param>
internal sealed record FunctionInfo(string Name, int Minimum, int Maximum)
{
    public ImmutableArray<ArgumentRule> Arguments { get; init; } = [];

    /// <summary>Its type where it always has the same one; null where the arguments decide.</summary>
    public TraceType? Result { get; init; }

    /// <summary>Only with <c>--unsafe</c>.</summary>
    public bool IsUnsafe { get; init; }

    /// <summary>The first argument may be a map itself.</summary>
    public bool TakesMap { get; init; }

    /// <summary>What form that says the map to have.</summary>
    public MapForm MapForm { get; init; }

    /// <summary>Adds up: only as what a map is assigned.</summary>
    public bool IsAggregation { get; init; }

    /// <summary>The first argument is a format, the others are what it prints.</summary>
    public bool IsFormatted { get; init; }

    /// <summary>Answered while compiling: nothing of it is left in the program.</summary>
    public bool IsCompileTime { get; init; }

    public ProbeKinds? Probes { get; init; }
}
