// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>Registers and stack slots that hold the same number, or numbers a constant apart: what is learnt of one is learnt of all.</summary>
internal static class LinkedScalars
{
    private const int Most = 6, EntryBits = 10, CountBits = 4;

    internal static int Count(ulong packed) => (int)(packed & 15);

    internal static (int Frame, bool IsRegister, int Index) At(ulong packed, int i)
    {
        int entry = (int)(packed >> (CountBits + (i * EntryBits))) & 0x3FF;
        return (entry & 7, (entry & 8) != 0, entry >> 4);
    }

    /// <summary>Collects what is linked to the registers of a condition; 0 if there are not two. Those that do not fit lose their link.</summary>
    internal static ulong Collect(VerifierState state, int first, int second)
    {
        if (first == 0 && second == 0) return 0;
        ulong packed = 0;
        int count = 0;
        for (int f = state.Depth; f >= 0; f--)
        {
            FrameState frame = state.Frames[f]!;
            for (int r = 0; r < 10; r++) Add(ref frame.Registers[r], first, second, (f & 7) | 8 | (r << 4), ref packed, ref count);
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].IsSpill) Add(ref frame.Stack[s].Spilled, first, second, (f & 7) | (s << 4), ref packed, ref count);
            }
        }

        return count > 1 ? packed | (uint)count : 0;
    }

    private static void Add(ref RegisterState register, int first, int second, int entry, ref ulong packed, ref int count)
    {
        if (register.Kind != RegisterKind.Scalar || register.Id == 0) return;
        int id = register.BaseId;
        if (id != first && id != second) return;
        if (count == Most)
        {
            register.Id = 0;
            return;
        }

        packed |= (ulong)(uint)entry << (CountBits + (count++ * EntryBits));
    }

    /// <summary>Gives what is now known of one number to all that are linked to it.</summary>
    internal static void Spread(VerifierState state, in RegisterState known, ulong linked)
    {
        RegisterState source = known;
        for (int i = 0; i < Count(linked); i++)
        {
            (int f, bool isRegister, int index) = At(linked, i);
            FrameState frame = state.Frames[f]!;
            ref RegisterState target = ref isRegister ? ref frame.Registers[index] : ref frame.Stack[index].Spilled;
            if (target.Kind != RegisterKind.Scalar || target.BaseId != source.BaseId) continue;
            int sourceDistance = source.Id < 0 ? source.Offset : 0, targetDistance = target.Id < 0 ? target.Offset : 0;
            if (sourceDistance == targetDistance && (target.Id < 0) == (source.Id < 0))
            {
                bool precise = target.IsPrecise;
                target = source;
                target.IsPrecise = precise;
                continue;
            }

            target.Range = source.Range;
            ScalarRange distance = ScalarRange.Const((ulong)((long)targetDistance - sourceDistance));
            ScalarArithmetic.Apply(Isa.Operation.Add, true, ref target.Range, distance);
        }
    }
}
