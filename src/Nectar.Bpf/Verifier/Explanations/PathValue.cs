// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>What a register holds on one path, as far as the origin of values needs it.</summary>
internal enum PathValueKind : byte
{
    /// <summary>Anything.</summary>
    Unknown,

    /// <summary>A constant.</summary>
    Number,

    /// <summary>An address on the stack of a frame.</summary>
    Stack,

    /// <summary>What a 64-bit load names: a map, a variable, a function; the number is the slot of the load.</summary>
    Named,

    /// <summary>The program's context.</summary>
    Context,
}

/// <param name="Kind">What it is.</param>
/// <param name="Frame">The call depth of the stack.</param>
/// <param name="Number">The constant, the offset from the frame pointer, or the slot.</param>
/// <param name="Origin">The step of the path where the value began; -1 for before the path.</param>
internal readonly record struct PathValue(PathValueKind Kind, int Frame, long Number, int Origin)
{
    internal static PathValue Unknown(int origin) => new(PathValueKind.Unknown, 0, 0, origin);
}
