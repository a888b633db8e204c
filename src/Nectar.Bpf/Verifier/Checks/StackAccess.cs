// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Where an access to the stack may go, and memory of the stack that helpers take.</summary>
internal static class StackAccess
{
    /// <summary>Bytes of stack that a frame may use: MAX_BPF_STACK.</summary>
    internal const int MaxStack = 512;

    /// <summary>Unwritten bytes of the stack may be read by privileged programs since 6.3.</summary>
    internal static bool MayReadUnwritten(Analysis a) => a.Since(6, 3);

    /// <summary>The slot of a byte, given by its offset from r10.</summary>
    internal static int SlotOf(int offset) => (-offset - 1) / 8;

    /// <summary>The place of a byte in its slot: 7 for the lowest address.</summary>
    internal static int ByteOf(int offset) => (-offset - 1) % 8;

    /// <summary>The lowest and highest offset that an access may begin at.</summary>
    internal static (long Low, long High) Range(in RegisterState pointer, int offset) => pointer.HasConstantRange
        ? ((long)pointer.Range.Bits.Value + offset, (long)pointer.Range.Bits.Value + offset)
        : (pointer.Range.SMin + offset, pointer.Range.SMax + offset);

    /// <summary>Checks that an access stays inside of the frame, and makes the frame large enough.</summary>
    internal static void CheckBounds(Analysis a, int register, int offset, int size, bool write)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (!pointer.HasConstantRange && (pointer.Range.SMax >= PointerArithmetic.MaxOffset || pointer.Range.SMin <= -PointerArithmetic.MaxOffset))
        {
            a.Refuse(ViolationKind.StackUnboundedOffset, register, $"the offset of r{register} in the stack has no bounds");
        }

        (long low, long high) = Range(pointer, offset);
        if (low < -MaxStack || low >= 0 || high + size > 0)
        {
            string place = low == high ? $"{low}" : $"{low} to {high}";
            a.RefuseStack(ViolationKind.StackBounds, register, (int)Math.Clamp(low, -100000, 100000),
                $"an access of {size} bytes at offset {place} leaves the stack: a frame reaches from -{MaxStack} to 0");
        }

        Grow(a, a.State.Frames[pointer.Target]!, (int)low);
    }

    internal static void Grow(Analysis a, FrameState frame, int offset)
    {
        frame.GrowTo(offset);
        int depth = frame.StackSlots * 8;
        ref int deepest = ref a.Program.StackDepths[frame.Subprogram];
        if (depth > deepest) deepest = depth;
    }

    /// <summary>Memory of the stack that a helper reads or writes.</summary>
    internal static void CheckHelper(Analysis a, int register, int offset, int size, bool zeroAllowed, bool write, ref RawMemory raw)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (size == 0 && !zeroAllowed) a.Refuse(ViolationKind.SizeZero, register, "the size of the memory may be 0, at least 1 is needed");
        CheckBounds(a, register, offset, size, write);
        FrameState frame = a.State.Frames[pointer.Target]!;
        (long low, long high) = Range(pointer, offset);
        if (raw.IsAllowed && low == high)
        {
            for (long at = low; at < low + size; at++)
            {
                int s = SlotOf((int)at);
                if (frame.Stack[s].KindAt(7) == SlotKind.Dynptr || frame.Stack[s].KindAt(7) == SlotKind.Iterator)
                {
                    a.RefuseStack(ViolationKind.StackReferenceOverwritten, register, (int)at, $"the memory at {low} holds a dynptr or an iterator, which the call would overwrite");
                }
            }

            raw.Register = register;
            raw.Size = size;
            return;
        }

        for (long at = low; at < high + size; at++) CheckHelperByte(a, register, frame, (int)at, (int)low, size, write, low != high);
    }

    private static void CheckHelperByte(Analysis a, int register, FrameState frame, int at, int low, int size, bool write, bool isVariable)
    {
        int s = SlotOf(at), b = ByteOf(at);
        ref StackSlot slot = ref frame.Stack[s];
        SlotKind kind = slot.KindAt(b);
        switch (kind)
        {
            case SlotKind.Misc:
                break;
            case SlotKind.Zero:
                if (write) slot.SetKind(b, SlotKind.Misc);
                break;
            case SlotKind.Invalid when MayReadUnwritten(a):
                if (write) slot.SetKind(b, SlotKind.Misc);
                break;
            case SlotKind.Spill:
                if (!write) break;
                slot.Spilled = RegisterState.Unknown;
                StackWrites.Scrub(ref slot);
                break;
            default:
                string what = kind == SlotKind.Invalid ? "is not initialized" : "holds an object that only its own calls may touch";
                string place = isVariable ? $"byte {at}, in reach of r{register}," : $"byte {at - low} of the {size} bytes at {low}";
                a.RefuseStack(kind == SlotKind.Invalid ? ViolationKind.StackUninitialized : ViolationKind.StackArgument, register, at, $"{place} {what}");
                break;
        }

        StackLiveness.MarkRead(a.State, frame.Number, s);
    }
}
