// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier;

/// <summary>What one instruction accesses, over all paths through it.</summary>
internal struct AccessFact
{
    /// <summary>Bit n: it accesses memory of the <see cref="RegisterKind"/> with the number n. 0: no path gets here.</summary>
    internal uint Kinds;

    /// <summary>Where, from what the pointer points to, if <see cref="IsFixed"/>.</summary>
    internal int Offset;

    /// <summary>True if all paths access the same place: for the stack of the frame that is current.</summary>
    internal bool IsFixed;

    /// <summary>For calls: the map in r1 that all paths agree on, plus 1; 0: none was seen; -1: paths differ.</summary>
    internal int Map;

    /// <summary>True if all paths access one kind.</summary>
    internal readonly bool IsOnly(RegisterKind kind) => Kinds == 1u << (int)kind;
}

/// <summary>
/// What a verification learnt about the memory that a program accesses, by slot: for a host that runs the program without testing what was
/// proved. Every path that the verifier follows adds to it; a path that it leaves, because an earlier one covers it, accesses the same kinds.
/// </summary>
internal sealed class AccessFacts(int slots)
{
    private readonly AccessFact[] _facts = new AccessFact[slots];

    /// <summary>True if the program, or a helper through a pointer that the program gave, writes to the packet.</summary>
    internal bool WritesPacket { get; set; }

    internal ref readonly AccessFact this[int slot] => ref _facts[slot];

    /// <summary>Adds an access.</summary>
    /// <param name="slot">The instruction.</param>
    /// <param name="pointer">The address.</param>
    /// <param name="offset">Its constant part with the instruction's.</param>
    /// <param name="frame">The number of the current frame.</param>
    internal void Note(int slot, in RegisterState pointer, int offset, int frame)
    {
        ref AccessFact fact = ref _facts[slot];
        bool isFixed = pointer.HasConstantRange && (pointer.Kind != RegisterKind.Stack || pointer.Target == frame);
        offset += (int)pointer.Range.Bits.Value;
        if (fact.Kinds == 0) (fact.Offset, fact.IsFixed) = (offset, isFixed);
        else fact.IsFixed &= isFixed && fact.Offset == offset;
        fact.Kinds |= 1u << (int)pointer.Kind;
    }

    /// <summary>Adds the map in r1 of a call.</summary>
    internal void NoteMap(int slot, int map)
    {
        ref AccessFact fact = ref _facts[slot];
        fact.Map = fact.Map == 0 || fact.Map == map + 1 ? map + 1 : -1;
    }
}
