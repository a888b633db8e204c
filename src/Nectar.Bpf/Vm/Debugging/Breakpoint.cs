// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>A place in the code.</summary>
/// <param name="Program">The program.</param>
/// <param name="Slot">The instruction.</param>
public readonly record struct CodePlace(DebugProgram Program, int Slot);

/// <summary>A place or a value that stops the program.</summary>
public sealed class Breakpoint
{
    internal Breakpoint(int number, string text)
    {
        Number = number;
        Text = text;
    }

    /// <summary>What it is called by.</summary>
    public int Number { get; }

    /// <summary>What the user asked for: a place, or the expression that is watched.</summary>
    public string Text { get; }

    /// <summary>The instructions that it stands at; empty for a watchpoint.</summary>
    public IReadOnlyList<CodePlace> Places { get; internal init; } = [];

    /// <summary>True if it stops the program when the value of <see cref="Text"/> changes.</summary>
    public bool IsWatch => Watched is not null;

    /// <summary>Stops only where this is not 0; null for always.</summary>
    public string? Condition { get; internal set; }

    /// <summary>False while it stops nothing.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>True if the first stop removes it.</summary>
    public bool IsTemporary { get; internal init; }

    /// <summary>How often it stopped the program, or would have but for <see cref="Ignore"/>.</summary>
    public long Hits { get; internal set; }

    /// <summary>How many times it will not stop the program yet.</summary>
    public long Ignore { get; set; }

    /// <summary>True if it was moved to a later line, because the one that was asked for has no code.</summary>
    public bool IsMoved { get; internal init; }

    internal Expression? Parsed { get; set; }

    internal Expression? Watched { get; init; }
}
