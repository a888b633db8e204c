// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>An address and a number: the result is an address again, with the number in its offset.</summary>
internal static class PointerArithmetic
{
    /// <summary>The largest distance that offsets may vary by: BPF_MAX_VAR_OFF.</summary>
    internal const long MaxOffset = 1L << 29;

    /// <param name="a">The verification.</param>
    /// <param name="row">The instruction.</param>
    /// <param name="d">The register that gets the result.</param>
    /// <param name="pointer">The address.</param>
    /// <param name="offset">The number.</param>
    /// <param name="pointerRegister">The register that held the address.</param>
    internal static void Apply(Analysis a, OpcodeInfo row, int d, in RegisterState pointer, in RegisterState offset, int pointerRegister)
    {
        ref RegisterState result = ref a.Registers[d];
        if (row.Width != 64)
        {
            if (row.Operation == Operation.Sub)
            {
                result = RegisterState.Unknown;
                return;
            }

            a.Refuse(ViolationKind.PointerHalf, pointerRegister, $"r{pointerRegister} is {StateText.Kind(pointer)}: 32-bit arithmetic would cut the address");
        }

        if (offset.Range.IsConstant && offset.Range.IsEmpty)
        {
            result = RegisterState.Unknown;
            return;
        }

        CheckKind(a, row, pointer, offset, pointerRegister);
        CheckDistance(a, pointer, offset, pointerRegister);
        ScalarRange by = offset.Range;
        result = pointer;
        switch (row.Operation)
        {
            case Operation.Add:
                Add(a, ref result, pointer, by);
                break;
            case Operation.Sub:
                if (pointerRegister != d) a.Refuse(ViolationKind.NumberMinusPointer, pointerRegister, $"r{pointerRegister} is {StateText.Kind(pointer)}: an address cannot be subtracted from a number");
                if (pointer.Kind == RegisterKind.Stack) a.Refuse(ViolationKind.StackSubtraction, pointerRegister, $"r{pointerRegister} points to the stack: only additions are followed there");
                Subtract(a, ref result, pointer, by);
                break;
            default:
                a.Refuse(ViolationKind.PointerOperator, pointerRegister, $"r{pointerRegister} is {StateText.Kind(pointer)}: the operation '{row.Operation.ToString().ToLowerInvariant()}' makes no address of an address");
                break;
        }

        if (!IsSane(result))
        {
            a.Refuse(ViolationKind.OffsetTooLarge, pointerRegister, $"r{pointerRegister} would be {StateText.Of(result)}: offsets may not go beyond 2^29");
        }
    }

    private static void CheckKind(Analysis a, OpcodeInfo row, in RegisterState pointer, in RegisterState offset, int register)
    {
        if (pointer.MaybeNull)
        {
            a.Refuse(ViolationKind.NullableArithmetic, register, $"r{register} is {StateText.Kind(pointer)}: arithmetic before the test for null would hide it");
        }

        switch (pointer.Kind)
        {
            case RegisterKind.FlowKeys when offset.Range.IsConstant:
                return;
            case RegisterKind.ConstMap when offset.Range.IsConstant && offset.Range.Bits.Value == 0 && row.Operation == Operation.Add:
                return;
            case RegisterKind.FlowKeys or RegisterKind.ConstMap or RegisterKind.PacketEnd or RegisterKind.Socket or RegisterKind.SocketCommon or RegisterKind.TcpSocket
                or RegisterKind.XdpSocket:
                a.Refuse(ViolationKind.PointerArithmetic, register, $"r{register} is {StateText.Kind(pointer)}: arithmetic on it is not allowed");
                return;
        }
    }

    private static void CheckDistance(Analysis a, in RegisterState pointer, in RegisterState offset, int register)
    {
        if (offset.Range.IsConstant && (long)offset.Range.Bits.Value is >= MaxOffset or <= -MaxOffset)
        {
            a.Refuse(ViolationKind.OffsetTooLarge, register, $"{(long)offset.Range.Bits.Value} is added to r{register}: offsets may not go beyond 2^29");
        }

        if (offset.Offset is >= (int)MaxOffset or <= -(int)MaxOffset)
        {
            // the kernel takes the distance of a linked number for an offset of its own
            a.Refuse(ViolationKind.OffsetTooLarge, register, $"the number that is added to r{register} is another one plus {offset.Offset}: offsets may not go beyond 2^29");
        }

        if (offset.Range.SMin == long.MinValue)
        {
            a.Refuse(ViolationKind.UnboundedOffset, register, $"the number that is added to r{register} ({StateText.Kind(pointer)}) has no lower bound");
        }

        if (offset.Range.SMin is >= MaxOffset or <= -MaxOffset)
        {
            a.Refuse(ViolationKind.OffsetTooLarge, register, $"the number that is added to r{register} may be {offset.Range.SMin}: offsets may not go beyond 2^29",
                offset.Range.SMin < 0 ? "make it unsigned, or test it from both sides: if (i < 0 || i >= 16) return 0;" : null);
        }

        if (!IsSane(pointer)) a.Refuse(ViolationKind.OffsetTooLarge, register, $"r{register} is {StateText.Of(pointer)}: offsets may not go beyond 2^29");
    }

    private static bool IsSane(in RegisterState pointer)
    {
        if (pointer.HasConstantRange && (long)pointer.Range.Bits.Value is >= MaxOffset or <= -MaxOffset) return false;
        if (pointer.Offset is >= (int)MaxOffset or <= -(int)MaxOffset) return false;
        return pointer.Range.SMin != long.MinValue && pointer.Range.SMin is < MaxOffset and > -MaxOffset;
    }

    private static void Add(Analysis a, ref RegisterState result, in RegisterState pointer, in ScalarRange by)
    {
        if (by.IsConstant && pointer.Offset + by.SMin == (int)(pointer.Offset + by.SMin))
        {
            result.Offset = (int)(pointer.Offset + by.SMin);
            return;
        }

        ScalarArithmetic.Apply(Operation.Add, true, ref result.Range, by);
        if (!pointer.IsPacket) return;
        result.Id = a.NewId();
        // the kernel forgets what was known of the bytes ahead; where loops are summed up, what is left at the farthest place still counts
        bool keeps = a.Mode == VerifierMode.Widening && pointer.Extent > 0 && by.SMin >= 0 && by.UMax <= (ulong)pointer.Extent;
        result.Extent = keeps ? pointer.Extent - (int)by.UMax : 0;
    }

    private static void Subtract(Analysis a, ref RegisterState result, in RegisterState pointer, in ScalarRange by)
    {
        if (by.IsConstant && pointer.Offset - by.SMin == (int)(pointer.Offset - by.SMin))
        {
            result.Offset = (int)(pointer.Offset - by.SMin);
            return;
        }

        ScalarArithmetic.Apply(Operation.Sub, true, ref result.Range, by);
        if (!pointer.IsPacket) return;
        result.Id = a.NewId();
        if (by.SMin < 0) result.Extent = 0;
    }
}
