// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>
/// Sums up a loop instead of walking each round: a bound that moved from one round to the next is pushed on to the next number that the program
/// compares with, so that few rounds cover all. What it proves is memory safety; that the loop ends it does not prove.
/// </summary>
internal sealed class LoopWidening
{
    /// <summary>Rounds that are walked as they are, and rounds after which a bound that still moves is given up.</summary>
    private const int RoundsBefore = 2, RoundsUntilUnknown = 64;

    private readonly ulong[] _unsigned;
    private readonly long[] _signed;

    internal LoopWidening(Instruction[] code, OpcodeInfo?[] rows)
    {
        SortedSet<long> marks = [0, 1, -1, byte.MaxValue, ushort.MaxValue, int.MaxValue, uint.MaxValue];
        for (int at = 0; at < code.Length; at++)
        {
            if (rows[at] is not { Form: OperandForm.DstImmJump }) continue;
            for (long near = -1; near <= 1; near++) marks.Add(code[at].Immediate + near);
        }

        _signed = [.. marks];
        _unsigned = [.. marks.Where(static m => m >= 0).Select(static m => (ulong)m)];
    }

    /// <summary>Makes a state at the head of a loop cover the rounds to come.</summary>
    /// <param name="earlier">The round before, at the same place.</param>
    /// <param name="state">This round.</param>
    /// <returns>True if something was widened.</returns>
    internal bool Apply(VerifierState earlier, VerifierState state)
    {
        state.Rounds = earlier.Rounds + 1;
        if (state.Rounds < RoundsBefore) return false;
        bool changed = false;
        for (int f = 0; f <= state.Depth; f++)
        {
            FrameState old = earlier.Frames[f]!, current = state.Frames[f]!;
            for (int r = 0; r < 10; r++) changed |= Widen(old.Registers[r], ref current.Registers[r], state.Rounds);
            int count = Math.Min(old.StackSlots, current.StackSlots);
            for (int s = 0; s < count; s++)
            {
                if (old.Stack[s].IsSpill && current.Stack[s].IsSpill) changed |= Widen(old.Stack[s].Spilled, ref current.Stack[s].Spilled, state.Rounds);
            }
        }

        state.IsWidened |= changed;
        return changed;
    }

    private bool Widen(in RegisterState old, ref RegisterState current, int round)
    {
        if (old.Kind != current.Kind || old.Kind is RegisterKind.NotInit or RegisterKind.Stack || current.Range.IsWithin(old.Range)) return false;
        if (old.Kind != RegisterKind.Scalar && old.Kind is not (RegisterKind.MapValue or RegisterKind.Memory or RegisterKind.Packet or RegisterKind.PacketMeta)) return false;
        ref ScalarRange range = ref current.Range;
        ScalarRange wide = ScalarRange.Unknown;
        if (round < RoundsUntilUnknown)
        {
            // an index that grows by eight stays a multiple of eight: that also says what its largest value can be
            Tnum step = Loose(Tnum.Union(old.Range.Bits, range.Bits));
            ulong most = AtOrBelow(range.UMax, step);
            wide.UMin = range.UMin < old.Range.UMin ? Below(_unsigned, range.UMin, 0UL) : old.Range.UMin;
            wide.UMax = AtOrBelow(most > old.Range.UMax ? Above(_unsigned, most, ulong.MaxValue) : old.Range.UMax, step);
            wide.SMin = range.SMin < old.Range.SMin ? Below(_signed, range.SMin, long.MinValue) : old.Range.SMin;
            wide.SMax = range.SMin >= 0 && wide.UMax <= long.MaxValue ? (long)wide.UMax : range.SMax > old.Range.SMax ? Above(_signed, range.SMax, long.MaxValue) : old.Range.SMax;
            wide.Bits = Tnum.Intersect(step, Tnum.Range(wide.UMin, wide.UMax));
            wide.Sync();
        }

        current.Range = wide;
        current.Id = old.Kind == RegisterKind.Scalar ? 0 : current.Id;
        if (old.Kind == RegisterKind.Scalar) current.Offset = 0;
        if (current.IsPacket) current.Extent = Math.Min(old.Extent, current.Extent);
        return true;
    }

    /// <summary>Forgets all bits from the lowest unknown one up.</summary>
    private static Tnum Loose(Tnum bits)
    {
        if (bits.Mask == 0) return bits;
        ulong low = (bits.Mask & (~bits.Mask + 1)) - 1;
        return new Tnum(bits.Value & low, ~low);
    }

    /// <summary>The largest number up to a bound that has the known low bits.</summary>
    private static ulong AtOrBelow(ulong bound, Tnum bits) => bound - ((bound - bits.Value) & ~bits.Mask);

    private static T Below<T>(T[] marks, T value, T least) where T : IComparable<T>
    {
        for (int i = marks.Length - 1; i >= 0; i--)
        {
            if (marks[i].CompareTo(value) <= 0) return marks[i];
        }

        return least;
    }

    private static T Above<T>(T[] marks, T value, T most) where T : IComparable<T>
    {
        foreach (T mark in marks)
        {
            if (mark.CompareTo(value) >= 0) return mark;
        }

        return most;
    }
}
