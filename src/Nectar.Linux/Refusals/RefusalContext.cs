// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Linux.Refusals;

/// <summary>What a refused call was about, as far as its caller knows; everything may be left out.</summary>
internal readonly record struct RefusalContext
{
    /// <summary>The type of the program that was loaded or attached.</summary>
    internal ProgramType? ProgramType { get; init; }

    /// <summary>Where it was to be attached.</summary>
    internal AttachType? AttachType { get; init; }

    /// <summary>The map that was to be created, or its type alone.</summary>
    internal MapDefinition? Map { get; init; }

    /// <summary>The type of the map that was used.</summary>
    internal MapType? MapType { get; init; }

    /// <summary>The number of instructions that were loaded.</summary>
    internal int? InstructionCount { get; init; }
}
