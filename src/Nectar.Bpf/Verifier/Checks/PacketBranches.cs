// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Comparisons of places in a packet with its end: where bounds come from.</summary>
internal static class PacketBranches
{
    /// <summary>Packets are at most this long: MAX_PACKET_OFF.</summary>
    internal const int MaxOffset = 0xFFFF;

    /// <summary>Follows from an earlier comparison which way a later one goes.</summary>
    internal static BranchOutcome Decide(Operation operation, in RegisterState left, in RegisterState right)
    {
        if (left.Kind != RegisterKind.PacketEnd && right.Kind != RegisterKind.PacketEnd) return BranchOutcome.Unknown;
        int extent = right.Kind == RegisterKind.PacketEnd ? left.Extent : right.Extent;
        if (right.Kind != RegisterKind.PacketEnd) operation = ScalarBranches.Flip(operation);
        if (extent >= 0) return BranchOutcome.Unknown;
        return operation switch
        {
            Operation.Jgt when extent == RegisterState.BehindPacketEnd => BranchOutcome.Taken,
            Operation.Jle when extent == RegisterState.BehindPacketEnd => BranchOutcome.NotTaken,
            Operation.Jge => BranchOutcome.Taken,
            Operation.Jlt => BranchOutcome.NotTaken,
            _ => BranchOutcome.Unknown,
        };
    }

    /// <summary>Learns from a comparison that can go both ways.</summary>
    internal static void Learn(VerifierState notTaken, VerifierState taken, Operation operation, int d, int s)
    {
        RegisterState[] registers = notTaken.Frame.Registers;
        if (operation is not (Operation.Jgt or Operation.Jlt or Operation.Jge or Operation.Jle)) return;
        int place;
        if (IsBelow(registers[d], registers[s])) place = d;
        else if (IsBelow(registers[s], registers[d]))
        {
            place = s;
            operation = ScalarBranches.Flip(operation);
        }
        else return;

        // now: place operation end
        bool takenIsInside = operation is Operation.Jlt or Operation.Jle;
        VerifierState inside = takenIsInside ? taken : notTaken, outside = takenIsInside ? notTaken : taken;
        // place < end leaves one byte more than place <= end
        bool strictlyInside = operation is Operation.Jlt or Operation.Jge;
        Extend(inside, inside.Frame.Registers[place], strictlyInside);
        ref RegisterState end = ref outside.Frame.Registers[place];
        if (end.Kind == RegisterKind.Packet) end.Extent = strictlyInside ? RegisterState.AtPacketEnd : RegisterState.BehindPacketEnd;
    }

    private static bool IsBelow(in RegisterState place, in RegisterState end) =>
        (place.Kind == RegisterKind.Packet && end.Kind == RegisterKind.PacketEnd)
        || (place.Kind == RegisterKind.PacketMeta && end.Kind == RegisterKind.Packet && end.Id == 0 && end.Offset == 0 && end.HasConstantRange && end.Range.Bits.Value == 0);

    private static void Extend(VerifierState state, RegisterState place, bool strictlyInside)
    {
        if (place.Offset < 0 || (place.Offset == 0 && strictlyInside)) return;
        if (place.Range.UMax > MaxOffset || place.Range.UMax + (ulong)place.Offset > MaxOffset) return;
        int extent = strictlyInside ? place.Offset + 1 : place.Offset;
        for (int f = 0; f <= state.Depth; f++)
        {
            FrameState frame = state.Frames[f]!;
            for (int r = 0; r < 10; r++) Extend(ref frame.Registers[r], place, extent);
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].IsSpill) Extend(ref frame.Stack[s].Spilled, place, extent);
            }
        }
    }

    private static void Extend(ref RegisterState register, in RegisterState place, int extent)
    {
        if (register.Kind == place.Kind && register.Id == place.Id) register.Extent = Math.Max(register.Extent, extent);
    }
}
