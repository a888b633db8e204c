// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Probes.Fallback;

/// <summary>A hook stands in for another one: where it has what the script asks that one for.</summary>
/// <param name="Asked">The hook that the script names.</param>
internal sealed record Replacement(ProbeTarget Asked)
{
    /// <summary>In <see cref="Arguments"/>: the hook does not have it.</summary>
    public const int None = -1;

    /// <summary>In <see cref="Arguments"/>: the registers that a system call was entered with, as a pointer.</summary>
    public const int Registers = -2;

    /// <summary>For each of the function's arguments, which of the hook's it is. Those that are not listed stay what they are.</summary>
    public ImmutableArray<int> Arguments { get; init; } = [];

    /// <summary>The hook's argument that is the function's result; null where the hook has results of its own (fexit, kretprobe, the end of a system call).</summary>
    public int? Result { get; init; }

    /// <summary>Only events with these values in these arguments of the hook are meant.</summary>
    public ImmutableArray<(int Argument, uint Value)> Conditions { get; init; } = [];

    /// <summary>What is not quite the same; empty if all is.</summary>
    public string Difference { get; init; } = "";

    /// <summary>Which of the hook's arguments one of the function's is; <see cref="None"/>, <see cref="Registers"/>.</summary>
    public int ArgumentOf(int number) => Arguments.IsEmpty ? number : number < Arguments.Length ? Arguments[number] : None;

    /// <summary>No other function is replaced by the same hook: a program can tell them apart.</summary>
    public bool IsOneToOne => Arguments is [Registers];

    /// <summary>Hooks that programs see in the same way have the same key.</summary>
    public string Key => $"{string.Join(' ', Arguments)}/{Result}/{string.Join(' ', Conditions)}";
}
