// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What a register has to hold for each kind of parameter.</summary>
internal static class ArgumentKinds
{
    internal static void Check(Analysis a, ref HelperData data, int register, in Parameter parameter)
    {
        ref RegisterState value = ref a.Registers[register];
        bool isExchanged = data.Helper.Id == HelperId.KptrExchange && register == 2;
        PointerFlags flags = value.IsPointer ? value.Flags : 0;
        if ((parameter.Flags & ParameterFlags.ReadOnly) != 0) flags &= ~PointerFlags.ReadOnly;
        if (parameter.MaybeNull) flags &= ~PointerFlags.MaybeNull;
        if (parameter.Kind == ParameterKind.Memory) flags &= ~PointerFlags.PacketSlice;
        if (isExchanged && (flags & PointerFlags.Allocated) != 0) flags &= ~(PointerFlags.Allocated | PointerFlags.PerCpu);
        if (!Fits(parameter.Kind, value.Kind, flags)) RefuseKind(a, data.Helper.Name, register, parameter);
        if (value.Kind == RegisterKind.BtfObject) CheckObject(a, ref data, register, parameter, isExchanged);
    }

    private static bool Fits(ParameterKind parameter, RegisterKind kind, PointerFlags flags)
    {
        switch (parameter)
        {
            case ParameterKind.MapKey or ParameterKind.MapValue or ParameterKind.Memory:
                return flags switch
                {
                    0 => kind is RegisterKind.Stack or RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.MapKey or RegisterKind.MapValue or RegisterKind.Memory or RegisterKind.Buffer,
                    PointerFlags.RingBuffer => kind == RegisterKind.Memory,
                    PointerFlags.Trusted => kind == RegisterKind.BtfObject,
                    _ => false,
                };
            case ParameterKind.RingRecord:
                return kind == RegisterKind.Memory && flags == PointerFlags.RingBuffer;
            case ParameterKind.BtfObject:
                return kind == RegisterKind.BtfObject && flags is 0 or PointerFlags.Trusted or PointerFlags.Rcu;
            case ParameterKind.PerCpuBtfObject:
                return kind == RegisterKind.BtfObject && flags is PointerFlags.PerCpu or (PointerFlags.PerCpu | PointerFlags.Rcu) or (PointerFlags.PerCpu | PointerFlags.Trusted);
            case ParameterKind.BtfSocketCommon when kind == RegisterKind.BtfObject:
                return flags is 0 or PointerFlags.Trusted;
            case ParameterKind.SpinLock or ParameterKind.KptrSlot when kind == RegisterKind.BtfObject:
                return flags == PointerFlags.Allocated;
        }

        return flags == 0 && parameter switch
        {
            ParameterKind.Size or ParameterKind.SizeOrZero or ParameterKind.AllocationSize or ParameterKind.Scalar => kind == RegisterKind.Scalar,
            ParameterKind.ConstMap => kind == RegisterKind.ConstMap,
            ParameterKind.Context => kind == RegisterKind.Context,
            ParameterKind.SocketCommon or ParameterKind.BtfSocketCommon => kind is RegisterKind.SocketCommon or RegisterKind.Socket or RegisterKind.TcpSocket or RegisterKind.XdpSocket,
            ParameterKind.Socket => kind == RegisterKind.Socket,
            ParameterKind.SpinLock or ParameterKind.KptrSlot or ParameterKind.ConstString or ParameterKind.Timer => kind == RegisterKind.MapValue,
            ParameterKind.Function => kind == RegisterKind.Function,
            ParameterKind.Stack => kind == RegisterKind.Stack,
            ParameterKind.Dynptr => kind is RegisterKind.Stack or RegisterKind.Dynptr,
            _ => false,
        };
    }

    private static void RefuseKind(Analysis a, string function, int register, in Parameter parameter)
    {
        ref RegisterState value = ref a.Registers[register];
        string wanted = Name(parameter);
        if (value.IsPointer && value.MaybeNull && !parameter.MaybeNull && Fits(parameter.Kind, value.Kind, value.Flags & ~PointerFlags.MaybeNull))
        {
            a.Refuse(ViolationKind.ArgumentNullable, register, $"r{register} may be null here, {function} takes {wanted}");
        }

        ViolationKind kind = parameter.Kind switch
        {
            ParameterKind.Context => ViolationKind.ArgumentContext,
            ParameterKind.Size or ParameterKind.SizeOrZero or ParameterKind.AllocationSize or ParameterKind.Scalar => ViolationKind.ArgumentNumber,
            ParameterKind.Function => ViolationKind.CallbackArgument,
            ParameterKind.PerCpuBtfObject => ViolationKind.PerCpuArgument,
            _ => ViolationKind.ArgumentType,
        };
        a.Refuse(kind, register, $"r{register} is {value}, {function} takes {wanted}");
    }

    private static string Name(in Parameter parameter) => parameter.Kind switch
    {
        ParameterKind.MapKey => "memory with a key",
        ParameterKind.MapValue => "memory with a value",
        ParameterKind.Memory => "memory",
        ParameterKind.Size or ParameterKind.SizeOrZero or ParameterKind.AllocationSize => "a size",
        ParameterKind.Scalar => "a number",
        ParameterKind.ConstMap => "a map",
        ParameterKind.Context => "the context",
        ParameterKind.SocketCommon or ParameterKind.BtfSocketCommon => "a socket",
        ParameterKind.Socket => "a full socket",
        ParameterKind.SpinLock => "a lock in a map's value or an allocated object",
        ParameterKind.Timer => "a timer in a map's value",
        ParameterKind.KptrSlot => "a pointer field in a map's value or an allocated object",
        ParameterKind.BtfObject => parameter.BtfType is { } type ? $"a pointer to struct {type} that is valid" : "a pointer to a kernel object that is valid",
        ParameterKind.PerCpuBtfObject => "a per-CPU variable",
        ParameterKind.RingRecord => "a record that bpf_ringbuf_reserve gave",
        ParameterKind.Function => "a function of this program",
        ParameterKind.Stack => "an address on the stack",
        ParameterKind.ConstString => "a string in a read-only map",
        ParameterKind.Dynptr => "a dynptr",
        _ => "something else",
    };

    private static void CheckObject(Analysis a, ref HelperData data, int register, in Parameter parameter, bool isExchanged)
    {
        ref RegisterState value = ref a.Registers[register];
        if (parameter.Kind is ParameterKind.MapKey or ParameterKind.MapValue or ParameterKind.Memory)
        {
            if ((parameter.Flags & ParameterFlags.ReadOnly) == 0) a.Refuse(ViolationKind.ArgumentMemory, register, $"{data.Helper.Name} may write where r{register} points: {value}");
            return;
        }

        if (isExchanged)
        {
            KptrAccess.CheckMatches(a, data.Kptr!.Value, register);
            return;
        }

        if ((value.Flags & (PointerFlags.Allocated | PointerFlags.PerCpu)) != 0) return;
        if (value.MaybeNull && (!parameter.MaybeNull || parameter.Releases)) a.Refuse(ViolationKind.ArgumentNullable, register, $"r{register} may be null here");
        string? wanted = parameter.BtfType ?? (parameter.Kind == ParameterKind.BtfSocketCommon ? "sock_common" : null);
        if (wanted is null || a.Options.KernelTypes is not { } types) return;
        uint needed = types.FindByName(wanted, Btf.BtfKind.Struct);
        bool strict = parameter.Releases && data.Helper.Id != HelperId.SkRelease;
        if (TypeMatch.IsSame(a, value.Origin, (uint)value.Target, value.Offset, 0, needed, strict)) return;
        a.Refuse(ViolationKind.ArgumentBtfType, register, $"r{register} points to struct {TypeMatch.Name(a, value.Origin, (uint)value.Target)} + {value.Offset}, {data.Helper.Name} takes struct {wanted}");
    }
}
