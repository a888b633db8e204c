// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>One argument of a helper against its parameter.</summary>
internal static class HelperArgument
{
    internal static void Check(Analysis a, ref HelperData data, int index)
    {
        Parameter parameter = data.Helper.Parameters[index];
        if (parameter.Kind == ParameterKind.None) return;
        int register = index + 1;
        ref RegisterState value = ref a.Registers[register];
        if (value.Kind == RegisterKind.NotInit) a.Refuse(ViolationKind.ArgumentUnread, register, $"{data.Helper.Name} reads r{register}, but nothing was written to it on this path");
        if (parameter.Kind == ParameterKind.Anything) return;
        if (value.IsPacket && !PacketRules.MayPass(a, data.Helper)) a.Refuse(ViolationKind.ArgumentMemory, register, $"r{register} is {value}: {data.Helper.Name} cannot read the packet in programs of type {a.Input.Type}");
        if (parameter.Kind == ParameterKind.MapValue) parameter = OfMap(a, data, parameter);
        if (value.IsNull && parameter.MaybeNull)
        {
            a.Precision.Mark(register);
        }
        else
        {
            ArgumentKinds.Check(a, ref data, register, parameter);
            ArgumentOffset.CheckArgument(a, register, parameter.Releases, parameter.Kind == ParameterKind.Dynptr);
        }

        if (parameter.Releases) NeedReference(a, ref data, register, parameter);
        if (value.ReferenceId != 0 && parameter.Kind != ParameterKind.KptrSlot)
        {
            if (data.ReferenceId != 0) a.Refuse(ViolationKind.ArgumentReferenced, register, $"two arguments of {data.Helper.Name} are references");
            data.ReferenceId = value.ReferenceId;
        }

        CheckMeaning(a, ref data, register, parameter);
    }

    /// <summary>Socket maps hold sockets; a bloom filter's value is an input even where others put it out.</summary>
    private static Parameter OfMap(Analysis a, in HelperData data, Parameter parameter)
    {
        if (data.Map < 0) return parameter;
        return a.Maps[data.Map].Type switch
        {
            MapType.SockMap or MapType.SockHash => new Parameter(ParameterKind.BtfSocketCommon, parameter.Flags & ~(ParameterFlags.Uninitialized | ParameterFlags.Write)),
            MapType.BloomFilter when data.Helper.Id == HelperId.MapPeek => new Parameter(ParameterKind.MapValue),
            _ => parameter,
        };
    }

    private static void NeedReference(Analysis a, ref HelperData data, int register, in Parameter parameter)
    {
        ref RegisterState value = ref a.Registers[register];
        if (parameter.Kind == ParameterKind.Dynptr)
        {
            if (value.Kind != RegisterKind.Stack) a.Refuse(ViolationKind.DynptrConstant, register, $"r{register} is a dynptr that somebody else owns: it cannot be given back here");
            int slot = StackObjects.NeedSlot(a, register, 2, "dynptr");
            FrameState frame = a.State.Frames[value.Target]!;
            if (slot >= frame.StackSlots || frame.Stack[slot].Spilled.ReferenceId == 0) a.Refuse(ViolationKind.ReleaseUnacquired, register, $"r{register} is {value}: no dynptr that has to be given back begins there");
        }
        else if (value.ReferenceId == 0 && !value.IsNull)
        {
            a.Refuse(ViolationKind.ReleaseUnacquired, register, $"r{register} is {value}, which the program does not hold: {data.Helper.Name} gives back what was acquired");
        }

        data.ReleasedRegister = register;
    }

    private static void CheckMeaning(Analysis a, ref HelperData data, int register, in Parameter parameter)
    {
        ref RegisterState value = ref a.Registers[register];
        switch (parameter.Kind)
        {
            case ParameterKind.ConstMap:
                MapCalls.Take(a, ref data, register);
                if (register == 1) a.Facts.NoteMap(a.Slot, value.Target);
                break;
            case ParameterKind.MapKey:
                MapCalls.CheckKey(a, ref data, register);
                break;
            case ParameterKind.MapValue:
                if (value.IsNull && parameter.MaybeNull) return;
                data.Raw.IsAllowed = parameter.MayBeUninitialized;
                MemoryAccess.CheckHelperRegion(a, register, (int)a.Maps[data.Map].ValueSize, parameter.IsWritten, false, ref data.Raw);
                break;
            case ParameterKind.Memory:
                data.Raw.IsAllowed = parameter.MayBeUninitialized;
                if ((parameter.Flags & ParameterFlags.FixedSize) == 0) return;
                MemoryAccess.CheckHelperRegion(a, register, parameter.FixedSize, parameter.IsWritten, false, ref data.Raw);
                if ((parameter.Flags & ParameterFlags.Aligned) != 0) NeedAligned(a, register, parameter.FixedSize);
                break;
            case ParameterKind.Size or ParameterKind.SizeOrZero:
                data.LargestSize = value.Range.UMax;
                SizePair.Check(a, register - 1, register, data.Helper.Parameters[register - 2].IsWritten, parameter.Kind == ParameterKind.SizeOrZero, ref data.Raw);
                break;
            case ParameterKind.AllocationSize:
                if (!value.HasConstantRange) a.Refuse(ViolationKind.ArgumentConstant, register, $"r{register} is {value}: the size has to be a constant, because what is reserved has to be known");
                data.AllocationSize = value.Range.Bits.Value;
                a.Precision.Mark(register);
                break;
            case ParameterKind.PerCpuBtfObject:
                if (value.Target == 0) a.Refuse(ViolationKind.PerCpuArgument, register, $"r{register} is {value}: its type is not known");
                (data.PerCpuSet, data.PerCpuType) = (value.Origin, (uint)value.Target);
                break;
            case ParameterKind.SpinLock:
                if (Callbacks.InTreeCallback(a)) a.Refuse(ViolationKind.CallbackContext, register, "the callback of bpf_rbtree_add runs under the tree's lock: it can neither take nor give back a lock");
                if (data.Helper.Id == HelperId.SpinLock) Locks.Take(a, register, ReferenceKind.Lock);
                else Locks.Give(a, register, ReferenceKind.Lock);
                break;
            case ParameterKind.Timer:
                MapFieldArguments.Check(a, register, SpecialFieldKind.Timer);
                (data.Map, data.MapInstance) = (value.Target, value.Origin);
                break;
            case ParameterKind.KptrSlot:
                data.Kptr = MapFieldArguments.FindKptr(a, register);
                if (value.Kind == RegisterKind.MapValue) data.Map = value.Target;
                break;
            case ParameterKind.Function:
                data.Subprogram = value.Target;
                break;
            case ParameterKind.Dynptr:
                CheckDynptr(a, ref data, register, parameter);
                break;
            case ParameterKind.ConstString:
                ConstStrings.Check(a, register);
                break;
        }
    }

    private static void CheckDynptr(Analysis a, ref HelperData data, int register, in Parameter parameter)
    {
        DynptrKind wanted = Dynptrs.KindOf(parameter.Flags);
        if (parameter.MayBeUninitialized)
        {
            Dynptrs.Make(a, register, wanted);
            return;
        }

        data.Dynptr = Dynptrs.Need(a, register, (parameter.Flags & ParameterFlags.ReadOnly) == 0 || parameter.Releases);
        if (wanted != DynptrKind.None && wanted != data.Dynptr.Kind) a.Refuse(ViolationKind.DynptrType, register, $"r{register} is a dynptr of kind {data.Dynptr.Kind}, {data.Helper.Name} takes kind {wanted}");
    }

    private static void NeedAligned(Analysis a, int register, int size)
    {
        ref RegisterState value = ref a.Registers[register];
        if (!Domain.Tnum.Add(value.Range.Bits, Domain.Tnum.Const((ulong)value.Offset)).IsAligned((ulong)size)) a.Refuse(ViolationKind.Misaligned, register, $"r{register} is {value}: {size} bytes have to be aligned");
    }
}
