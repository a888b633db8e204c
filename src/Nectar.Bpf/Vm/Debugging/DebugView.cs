// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>A function that the program is in.</summary>
/// <param name="Index">0 for the innermost.</param>
/// <param name="Program">The program that the function belongs to.</param>
/// <param name="Slot">The instruction that is next; in callers the one that called.</param>
public sealed record DebugFrame(int Index, DebugProgram Program, int Slot)
{
    /// <summary>The function's name.</summary>
    public required string Function { get; init; }

    /// <summary>The source line, where known.</summary>
    public LineInfo? Line { get; init; }

    /// <summary>r0 to r10; null where calls may have changed a register since.</summary>
    public required IReadOnlyList<ulong?> Registers { get; init; }

    /// <summary>What the function was called with: names by its type (r1, r2, … without one) and values for people.</summary>
    public required IReadOnlyList<(string Name, string Value)> Arguments { get; init; }

    /// <summary>The helper that the function called and that called the next one; null for a plain call.</summary>
    public string? Helper { get; init; }

    /// <summary>r10: the end of the function's stack frame.</summary>
    public ulong FramePointer => Registers[10] ?? 0;
}

/// <summary>A value for people, with what it is made of.</summary>
/// <param name="Name">Its name in what it belongs to.</param>
/// <param name="Value">Its text.</param>
/// <param name="Type">Its type as C spells it.</param>
public sealed record DebugVariable(string Name, string Value, string Type)
{
    /// <summary>Where it lies in the program's memory.</summary>
    public ulong? Address { get; init; }

    /// <summary>Bytes that it takes.</summary>
    public int Size { get; init; }

    /// <summary>An expression that means it; null where there is none.</summary>
    public string? Expression { get; init; }

    /// <summary>What it is made of; null for a plain value.</summary>
    public Func<IReadOnlyList<DebugVariable>>? Children { get; init; }
}
