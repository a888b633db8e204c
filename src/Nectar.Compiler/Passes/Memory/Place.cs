// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Memory;

/// <summary>
/// Bytes at a constant distance from an address that may itself vary: two places of one base are compared exactly, what the base points
/// to does not matter.
/// </summary>
internal readonly record struct Place(Value Base, long Offset, long Size)
{
    public static Place Of(Value pointer, long offset, long size)
    {
        while (pointer.Op == Op.PointerOffset) (offset, pointer) = (offset + pointer.Immediate, pointer[0]);
        return new Place(pointer, offset, size);
    }

    /// <summary>What a store, fill or copy writes; null for other operations.</summary>
    public static Place? Written(Value effect) => effect.Op switch
    {
        Op.Store => Of(effect[0], effect.Immediate, effect.Width),
        Op.MemorySet or Op.MemoryCopy => Of(effect[0], 0, effect.Immediate),
        _ => null,
    };

    public bool IsApartFrom(in Place other) => Base == other.Base && (Offset + Size <= other.Offset || other.Offset + other.Size <= Offset);
}
