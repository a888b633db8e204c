// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>The offsets with which a pointer may be passed.</summary>
internal static class ArgumentOffset
{
    /// <summary>Checks the offset of an argument by what it points to.</summary>
    /// <param name="a">The analysis.</param>
    /// <param name="register">The argument.</param>
    /// <param name="isReleased">True if the call gives the object back: then only its address itself will do.</param>
    /// <param name="isDynptr">True for a parameter that takes a dynptr.</param>
    internal static void CheckArgument(Analysis a, int register, bool isReleased, bool isDynptr)
    {
        ref RegisterState value = ref a.Registers[register];
        if (isReleased)
        {
            if (isDynptr && value.Kind == RegisterKind.Stack) return;
            if (value.Offset != 0) a.Refuse(ViolationKind.ReleaseOffset, register, $"r{register} is {value}: an object is given back by its address itself, without offset");
            Check(a, register, fixedAllowed: false);
            return;
        }

        const PointerFlags Owned = PointerFlags.Allocated | PointerFlags.NonOwning;
        switch (value.Kind)
        {
            case RegisterKind.Scalar or RegisterKind.NotInit:
                return;
            case RegisterKind.Stack or RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.MapKey or RegisterKind.MapValue or RegisterKind.Arena when value.Flags == 0:
                return;
            case RegisterKind.Memory when value.Flags is 0 or PointerFlags.ReadOnly or PointerFlags.RingBuffer:
                return;
            case RegisterKind.Buffer when value.Flags is 0 or PointerFlags.ReadOnly:
                return;
            case RegisterKind.BtfObject when value.Flags is 0 or PointerFlags.Allocated or PointerFlags.Trusted or PointerFlags.Rcu or Owned or (Owned | PointerFlags.Rcu):
                Check(a, register, fixedAllowed: true);
                return;
            default:
                Check(a, register, fixedAllowed: false);
                return;
        }
    }

    /// <summary>Checks that a pointer has no offset that varies, and none at all unless a constant one is allowed.</summary>
    internal static void Check(Analysis a, int register, bool fixedAllowed)
    {
        ref RegisterState value = ref a.Registers[register];
        if (!value.IsPointer) return;
        if (value.Offset < 0) a.Refuse(ViolationKind.NegativePointerOffset, register, $"r{register} is {value}: the offset is negative");
        if (!fixedAllowed && value.Offset != 0) a.Refuse(ViolationKind.ModifiedPointer, register, $"r{register} is {value}: it has to be passed as it was given, without offset");
        if (!value.HasConstantRange || value.Range.Bits.Value != 0) a.Refuse(ViolationKind.VariablePointerOffset, register, $"r{register} is {value}: an offset that varies is not allowed here");
    }
}
