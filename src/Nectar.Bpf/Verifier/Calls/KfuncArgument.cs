// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>One argument of a kernel function against its parameter.</summary>
internal static class KfuncArgument
{
    private const PointerFlags TrustFlags = PointerFlags.Allocated | PointerFlags.Trusted | PointerFlags.NonOwning;

    /// <returns>How many arguments were checked: 2 for memory and its size.</returns>
    internal static int Check(Analysis a, ref KfuncData data, int index)
    {
        KfuncPrototype function = data.Function;
        KfuncParameter parameter = function.Parameters[index];
        int register = index + 1;
        if (parameter.Kind == KfuncParameterKind.Ignored) return 1;
        ref RegisterState value = ref a.Registers[register];
        if (value.Kind == RegisterKind.NotInit) a.Refuse(ViolationKind.ArgumentUnread, register, $"{function.Name} reads r{register}, but nothing was written to it on this path");
        if (!parameter.IsPointer)
        {
            KfuncNumbers.Check(a, ref data, register, parameter);
            return 1;
        }

        bool mayBeNull = value.IsNull || (value.IsPointer && value.MaybeNull);
        if ((function.NeedsTrust || function.Has(KfuncTraits.RcuArguments)) && mayBeNull && !parameter.MaybeNull) a.Refuse(ViolationKind.ArgumentNullable, register, $"r{register} may be null here: it is {value}, and {function.Name} takes valid objects only");
        if (value.ReferenceId != 0)
        {
            if (function.Has(KfuncTraits.Releases) && data.ReferenceId != 0) a.Refuse(ViolationKind.ArgumentReferenced, register, $"two arguments of {function.Name} are references");
            data.ReferenceId = value.ReferenceId;
            if (function.Has(KfuncTraits.Releases)) data.ReleasedRegister = register;
        }

        if (parameter.Kind != KfuncParameterKind.Context && parameter.MaybeNull && value.IsNull) return 1;
        KfuncParameterKind kind = parameter.Kind;
        bool isObject = kind == KfuncParameterKind.ObjectOrMemory && (value.Kind == RegisterKind.BtfObject || SocketType(value.Kind) is not null);
        if (kind is KfuncParameterKind.Map or KfuncParameterKind.Allocated || isObject) NeedTrust(a, function, register);
        ArgumentOffset.CheckArgument(a, register, function.Has(KfuncTraits.Releases) && value.ReferenceId != 0, kind == KfuncParameterKind.Dynptr);
        if (kind == KfuncParameterKind.ObjectOrMemory)
        {
            if (isObject)
            {
                CheckObject(a, function, register, parameter.Pointee, function.Types[parameter.Pointee].Name);
                return 1;
            }

            if (index + 1 < function.Parameters.Length && function.Parameters[index + 1].IsSize && a.Registers[register + 1].Kind == RegisterKind.Scalar)
            {
                KfuncMemory.CheckPair(a, ref data, register, parameter, function.Parameters[index + 1]);
                return 2;
            }

            KfuncMemory.Check(a, function, register, parameter);
            return 1;
        }

        CheckSpecial(a, ref data, register, parameter);
        return 1;
    }

    /// <summary>The kernel's struct behind sockets and maps as programs see them.</summary>
    internal static string? SocketType(RegisterKind kind) => kind switch
    {
        RegisterKind.Socket => "sock",
        RegisterKind.SocketCommon => "sock_common",
        RegisterKind.TcpSocket => "tcp_sock",
        RegisterKind.ConstMap => "bpf_map",
        _ => null,
    };

    private static void NeedTrust(Analysis a, KfuncPrototype function, int register)
    {
        if (!function.NeedsTrust && !function.Has(KfuncTraits.RcuArguments)) return;
        ref RegisterState value = ref a.Registers[register];
        bool isSafe = (value.Flags & ~TrustFlags) == 0;
        if (value.ReferenceId != 0 || (SocketType(value.Kind) is not null && isSafe) || ((value.Flags & TrustFlags) != 0 && isSafe)) return;
        if (!function.Has(KfuncTraits.RcuArguments)) a.Refuse(ViolationKind.ArgumentTrusted, register, $"r{register} is {value}, {function.Name} takes objects that are held or trusted");
        if ((value.Flags & PointerFlags.Rcu) == 0) a.Refuse(ViolationKind.ArgumentRcu, register, $"r{register} is {value}, {function.Name} takes objects that are valid, at least under RCU");
    }

    private static void CheckObject(Analysis a, KfuncPrototype function, int register, uint wanted, string wantedName)
    {
        ref RegisterState value = ref a.Registers[register];
        bool isUnsafe = (value.Flags & ~TrustFlags) != 0 && (value.Flags & PointerFlags.Rcu) == 0;
        if (value.Kind == RegisterKind.BtfObject ? isUnsafe : SocketType(value.Kind) is null) a.Refuse(ViolationKind.ArgumentTrusted, register, $"r{register} is {value}, {function.Name} takes a pointer to struct {wantedName}");
        int set = value.Origin;
        uint type = (uint)value.Target;
        if (SocketType(value.Kind) is { } name)
        {
            set = 0;
            type = a.Options.KernelTypes?.FindByName(name, BtfKind.Struct) ?? 0;
        }

        string have = TypeMatch.Name(a, set, type);
        bool strict = (function.Has(KfuncTraits.Releases) && value.ReferenceId != 0) || IsNoCastAlias(have, wantedName);
        if (have == wantedName && value.Offset == 0 && set != function.Set) return; // the program's declaration of a kernel struct
        bool isProjection = wantedName.Length > 0 && ((wantedName == "__sk_buff" && have == "sk_buff") || (wantedName == "xdp_md" && have == "xdp_buff"));
        if (isProjection || TypeMatch.IsSame(a, set, type, value.Offset, function.Set, wanted, strict)) return;
        a.Refuse(ViolationKind.ArgumentBtfType, register, $"r{register} points to struct {have} + {value.Offset}, {function.Name} takes struct {wantedName}");
    }

    /// <summary>Types whose name ends in ___init are made, not used, where the same without is asked for.</summary>
    private static bool IsNoCastAlias(string have, string wanted)
    {
        const string Init = "___init";
        bool haveInit = have.EndsWith(Init, StringComparison.Ordinal), wantInit = wanted.EndsWith(Init, StringComparison.Ordinal);
        if (haveInit == wantInit) return false;
        return haveInit ? have.AsSpan(0, have.Length - Init.Length).SequenceEqual(wanted) : wanted.AsSpan(0, wanted.Length - Init.Length).SequenceEqual(have);
    }

    private static void CheckSpecial(Analysis a, ref KfuncData data, int register, in KfuncParameter parameter)
    {
        KfuncPrototype function = data.Function;
        ref RegisterState value = ref a.Registers[register];
        switch (parameter.Kind)
        {
            case KfuncParameterKind.Context:
                if (value.Kind != RegisterKind.Context) a.Refuse(ViolationKind.ArgumentContext, register, $"r{register} is {value}, {function.Name} takes the context");
                break;
            case KfuncParameterKind.Allocated:
                CheckAllocated(a, ref data, register);
                break;
            case KfuncParameterKind.Refcounted:
                if (value.Kind != RegisterKind.BtfObject || (value.Flags & PointerFlags.Allocated) == 0) a.Refuse(ViolationKind.ArgumentAllocated, register, $"r{register} is {value}, {function.Name} takes an object that the program allocated");
                data.IsOwned = (value.Flags & PointerFlags.NonOwning) == 0 && value.ReferenceId != 0;
                if (a.Calls.Fields.Of(value).Find(SpecialFieldKind.Refcount) is null) a.Refuse(ViolationKind.ArgumentMapField, register, $"struct {TypeMatch.Name(a, value.Origin, (uint)value.Target)} has no bpf_refcount");
                (data.ObjectSet, data.ObjectType) = (value.Origin, (uint)value.Target);
                break;
            case KfuncParameterKind.Dynptr:
                KfuncDynptrs.Check(a, ref data, register, parameter);
                break;
            case KfuncParameterKind.Iterator:
                if (function.Special == SpecialKfunc.CssTaskNew && !MayWalkTasks(a)) a.Refuse(ViolationKind.KfuncNotAllowed, register, "bpf_iter_css_task_new may be called by LSM programs, iterators and sleepable programs only");
                Iterators.CheckArgument(a, ref data, register, parameter);
                break;
            case KfuncParameterKind.ListHead:
                GraphArguments.CheckRoot(a, ref data, register, SpecialFieldKind.ListHead);
                break;
            case KfuncParameterKind.TreeRoot:
                GraphArguments.CheckRoot(a, ref data, register, SpecialFieldKind.TreeRoot);
                break;
            case KfuncParameterKind.ListNode:
                GraphArguments.CheckNode(a, ref data, register, SpecialFieldKind.ListNode);
                break;
            case KfuncParameterKind.TreeNode:
                GraphArguments.CheckNode(a, ref data, register, SpecialFieldKind.TreeNode);
                break;
            case KfuncParameterKind.ConstString:
                ConstStrings.Check(a, register);
                break;
            case KfuncParameterKind.Map:
                CheckMap(a, ref data, register);
                break;
            case KfuncParameterKind.WorkQueue or KfuncParameterKind.TaskWork:
                if (value.Kind != RegisterKind.MapValue || value.Flags != 0) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} is {value}, {function.Name} takes a field of a map's value");
                MapFieldArguments.Check(a, register, parameter.Kind == KfuncParameterKind.WorkQueue ? SpecialFieldKind.WorkQueue : SpecialFieldKind.TaskWork);
                (data.Map, data.MapInstance) = (value.Target, value.Origin);
                break;
            case KfuncParameterKind.IrqFlag:
                IrqFlags.Check(a, register, function.Special);
                break;
            case KfuncParameterKind.ResilientLock:
                CheckLock(a, function, register);
                break;
            case KfuncParameterKind.Callback:
                if (value.Kind != RegisterKind.Function) a.Refuse(ViolationKind.CallbackArgument, register, $"r{register} is {value}, {function.Name} takes a function of this program");
                data.Subprogram = value.Target;
                break;
            default:
                a.Refuse(ViolationKind.ArgumentType, register, $"{function.Name} takes something in r{register} that programs cannot pass");
                break;
        }
    }

    private static void CheckAllocated(Analysis a, ref KfuncData data, int register)
    {
        ref RegisterState value = ref a.Registers[register];
        bool isPerCpu = data.Function.Special == SpecialKfunc.PerCpuDrop;
        PointerFlags wanted = PointerFlags.Allocated | (isPerCpu ? PointerFlags.PerCpu : 0);
        if (value.Kind != RegisterKind.BtfObject || value.Flags != wanted) a.Refuse(ViolationKind.ArgumentAllocated, register, $"r{register} is {value}, {data.Function.Name} takes an object that bpf_{(isPerCpu ? "percpu_" : "")}obj_new gave");
        if (value.ReferenceId == 0) a.Refuse(ViolationKind.ArgumentReferenced, register, $"r{register} is {value}, which the program does not hold");
        (data.ObjectSet, data.ObjectType) = (value.Origin, (uint)value.Target);
    }

    private static void CheckMap(Analysis a, ref KfuncData data, int register)
    {
        ref RegisterState value = ref a.Registers[register];
        if (value.Kind == RegisterKind.BtfObject && a.Options.KernelTypes?.FindByName("bpf_map", BtfKind.Struct) is { } mapType)
        {
            CheckObject(a, data.Function, register, mapType, "bpf_map");
            return;
        }

        if (value.Kind != RegisterKind.ConstMap) a.Refuse(ViolationKind.ArgumentType, register, $"r{register} is {value}, {data.Function.Name} takes a map");
        if (data.Map >= 0 && (data.Map != value.Target || data.MapInstance != value.Origin)) a.Refuse(ViolationKind.ArgumentMapMismatch, register, $"r{register} is map '{a.Maps[value.Target].Name}', but the field lies in a value of map '{a.Maps[data.Map].Name}'");
        (data.Map, data.MapInstance) = (value.Target, value.Origin);
    }

    private static void CheckLock(Analysis a, KfuncPrototype function, int register)
    {
        ref RegisterState value = ref a.Registers[register];
        bool fits = (value.Kind == RegisterKind.MapValue && value.Flags == 0) || (value.Kind == RegisterKind.BtfObject && value.Flags == PointerFlags.Allocated);
        if (!fits) a.Refuse(ViolationKind.ArgumentMapField, register, $"r{register} is {value}, {function.Name} takes a lock in a map's value or an allocated object");
        switch (function.Special)
        {
            case SpecialKfunc.ResilientLock: Locks.Take(a, register, ReferenceKind.ResilientLock); break;
            case SpecialKfunc.ResilientLockIrq: Locks.Take(a, register, ReferenceKind.ResilientIrqLock); break;
            case SpecialKfunc.ResilientUnlock: Locks.Give(a, register, ReferenceKind.ResilientLock); break;
            case SpecialKfunc.ResilientUnlockIrq: Locks.Give(a, register, ReferenceKind.ResilientIrqLock); break;
        }
    }

    private static bool MayWalkTasks(Analysis a) =>
        a.Input.Type == ProgramType.Lsm || (a.Input.Type == ProgramType.Tracing && a.Input.AttachType == AttachType.TraceIter) || a.IsSleepable;
}
