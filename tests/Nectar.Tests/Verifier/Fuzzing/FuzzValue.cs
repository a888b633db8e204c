// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>What the generator believes a register holds.</summary>
public enum FuzzKind : byte
{
    Nothing, Number, Context, Stack, MapValue, Packet, PacketEnd, Record,
}

/// <summary>A register, as far as the generator needs to know to use it well, or just not well.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">For memory the bytes from the pointer on that may be accessed; for a number the largest value, -1 if unknown.</param>
/// <param name="Offset">For the stack the offset from r10.</param>
/// <param name="MaybeNull">It was not compared with null yet.</param>
public readonly record struct FuzzValue(FuzzKind Kind, int Size = -1, int Offset = 0, bool MaybeNull = false)
{
    public static FuzzValue Number(int max = -1) => new(FuzzKind.Number, max);

    public bool IsMemory => Kind is FuzzKind.Stack or FuzzKind.MapValue or FuzzKind.Packet or FuzzKind.Record;
}

/// <summary>Registers and stack at one place.</summary>
public sealed class FuzzState
{
    /// <summary>By register.</summary>
    public FuzzValue[] Registers { get; private init; } = new FuzzValue[11];

    /// <summary>What was stored in each eight bytes below r10.</summary>
    public FuzzValue[] Slots { get; private init; } = new FuzzValue[16];

    public FuzzState Copy() => new() { Registers = [.. Registers], Slots = [.. Slots] };

    /// <summary>Keeps what two ways agree on.</summary>
    public void Join(FuzzState other)
    {
        for (int i = 0; i < Registers.Length; i++) Registers[i] = Join(Registers[i], other.Registers[i]);
        for (int i = 0; i < Slots.Length; i++) Slots[i] = Join(Slots[i], other.Slots[i]);
    }

    private static FuzzValue Join(FuzzValue a, FuzzValue b)
    {
        if (a.Kind != b.Kind || a.Offset != b.Offset) return default;
        return a with { Size = a.Kind == FuzzKind.Number && (a.Size < 0 || b.Size < 0) ? -1 : a.Kind == FuzzKind.Number ? Math.Max(a.Size, b.Size) : Math.Min(a.Size, b.Size), MaybeNull = a.MaybeNull || b.MaybeNull };
    }
}
