// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Objects;

/// <summary>A function inside a linked program: slots <c>Start</c> to <c>End</c> (exclusive).</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Start">Its first slot.</param>
/// <param name="End">The slot after its last.</param>
/// <param name="Source">What it was linked from.</param>
public readonly record struct LinkedFunction(string Name, int Start, int End, FunctionDefinition Source);

/// <summary>
/// One program as a host loads it: the entry function followed by every subprogram that it reaches, calls resolved to
/// relative slots. Maps are wide loads with source <see cref="PseudoSource.MapIndex"/> or
/// <see cref="PseudoSource.MapIndexValue"/> whose immediate is the index in <see cref="BpfObject.Maps"/>; callbacks are
/// <see cref="PseudoSource.Function"/>. <see cref="Externs"/> are left for the host.
/// </summary>
public sealed class LinkedProgram
{
    /// <summary>What was linked.</summary>
    public required ProgramDefinition Definition { get; init; }

    /// <summary>The code.</summary>
    public required Instruction[] Instructions { get; init; }

    /// <summary>The functions, the entry first, in the order of their slots.</summary>
    public required LinkedFunction[] Functions { get; init; }

    /// <summary>Source lines, by slot of the linked code.</summary>
    public required LineInfo[] Lines { get; init; }

    /// <summary>References to externs, by slot of the linked code.</summary>
    public required Relocation[] Externs { get; init; }

    /// <summary>CO-RE relocations, by slot of the linked code, for hosts that know their types.</summary>
    public required CoreRelocation[] CoreRelocations { get; init; }

    /// <summary>The source line that an instruction came from; null where unknown.</summary>
    public LineInfo? FindLine(int instruction)
    {
        int low = 0, high = Lines.Length - 1, found = -1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (Lines[middle].Instruction <= instruction) { found = middle; low = middle + 1; }
            else high = middle - 1;
        }

        return found >= 0 ? Lines[found] : null;
    }
}
