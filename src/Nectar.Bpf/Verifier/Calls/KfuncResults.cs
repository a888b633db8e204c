// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What a kernel function leaves in r0.</summary>
internal static class KfuncResults
{
    /// <summary>Most bytes of per-CPU memory that can be allocated (BPF_GLOBAL_PERCPU_MA_MAX_SIZE).</summary>
    private const int LargestPerCpu = 512;

    internal static RegisterState Make(Analysis a, ref KfuncData data)
    {
        KfuncPrototype function = data.Function;
        BtfType type = function.Types[function.Result];
        if (KfuncMemory.IsNumber(type)) return function.Special is SpecialKfunc.ResilientLock or SpecialKfunc.ResilientLockIrq ? RegisterState.Constant(0) : RegisterState.Unknown;
        if (type.Kind != BtfKind.Pointer) return default;
        uint pointee = function.Types.Resolve(type.TypeId);
        BtfType target = function.Types[pointee];
        if (!TryMakeSpecial(a, ref data, target, out RegisterState r0))
        {
            if (target.Kind == BtfKind.Void) return RegisterState.Unknown;
            r0 = target.IsComposite ? Object(a, data, pointee) : Memory(a, ref data, pointee, target);
        }

        bool maybeNull = function.Has(KfuncTraits.MaybeNull) && !(function.Special == SpecialKfunc.RefcountAcquire && data.IsOwned);
        if (maybeNull)
        {
            r0.Flags |= PointerFlags.MaybeNull;
            r0.Id = a.NewId();
        }

        if (function.Has(KfuncTraits.Acquires))
        {
            int id = a.Acquire();
            if (maybeNull) r0.Id = id;
            r0.ReferenceId = id;
        }
        else if (IsNode(target))
        {
            References.MakeNonOwning(a, ref r0);
        }

        if (r0.Id == 0 && Locks.MayHoldLock(a, r0)) r0.Id = a.NewId();
        return r0;
    }

    private static bool TryMakeSpecial(Analysis a, ref KfuncData data, BtfType target, out RegisterState r0)
    {
        r0 = default;
        switch (data.Function.Special)
        {
            case SpecialKfunc.ObjectNew or SpecialKfunc.PerCpuNew:
                r0 = Allocate(a, data);
                return true;
            case SpecialKfunc.RefcountAcquire:
                r0 = RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.Allocated);
                (r0.Origin, r0.Target) = (data.ObjectSet, (int)data.ObjectType);
                return true;
            case SpecialKfunc.CastToKernelContext:
                r0 = RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.Trusted);
                r0.Target = (int)KernelContext(a, data.Function);
                return true;
            case SpecialKfunc.ReadOnlyCast:
                r0 = Cast(a, data);
                return true;
            case SpecialKfunc.DynptrSlice or SpecialKfunc.DynptrSliceWritable:
                r0 = Slice(a, data);
                return true;
            case SpecialKfunc.SessionCookie:
                r0 = RegisterState.Pointer(RegisterKind.Memory);
                r0.Extent = sizeof(ulong);
                return true;
        }

        if (data.Root is not { } root || !IsNode(target)) return false;
        r0 = Callbacks.GraphNode(root);
        return true;
    }

    private static bool IsNode(BtfType target) => target.IsComposite && target.Name is "bpf_list_node" or "bpf_rb_node";

    private static RegisterState Allocate(Analysis a, in KfuncData data)
    {
        KfuncPrototype function = data.Function;
        if (a.Input.Types is not { } types)
        {
            a.Refuse(ViolationKind.TypeInformation, -1, $"{function.Name} allocates a type of the program, which has no BTF");
            return default;
        }

        if (data.Constant >= (ulong)types.Count || !types[(uint)data.Constant].IsComposite || types[(uint)data.Constant].Kind != BtfKind.Struct)
        {
            a.Refuse(ViolationKind.ArgumentTypeId, 1, $"the type {data.Constant} in r1 is no struct of the program");
        }

        uint type = (uint)data.Constant;
        bool isPerCpu = function.Special == SpecialKfunc.PerCpuNew;
        if (isPerCpu)
        {
            string name = TypeMatch.Name(a, 1, type);
            if (types[type].Size > LargestPerCpu) a.Refuse(ViolationKind.ArgumentTypeId, 1, $"struct {name} has {types[type].Size} bytes, per-CPU memory has at most {LargestPerCpu}");
            if (!KfuncMemory.IsOfNumbers(types, type)) a.Refuse(ViolationKind.ArgumentTypeId, 1, $"struct {name} has more than numbers: per-CPU memory cannot hold it");
            if (a.Calls.Fields.OfObject(1, type).Fields.Length > 0) a.Refuse(ViolationKind.ArgumentTypeId, 1, $"struct {name} has special fields: per-CPU memory cannot hold them");
        }

        RegisterState r0 = RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.Allocated | (isPerCpu ? PointerFlags.PerCpu : 0));
        (r0.Origin, r0.Target) = (1, (int)type);
        return r0;
    }

    private static uint KernelContext(Analysis a, KfuncPrototype function)
    {
        BtfTypes types = function.Types;
        uint table = types.FindByName("bpf_ctx_convert", BtfKind.Struct);
        if (table != 0)
        {
            string wanted = $"BPF_PROG_TYPE_{Upper(a.Input.Type)}_kern";
            BtfType row = types[table];
            for (int i = 0; i < row.Count; i++)
            {
                if (row.Member(i) is { } member && member.Name == wanted) return types.Resolve(member.TypeId);
            }
        }

        a.Refuse(ViolationKind.ArgumentContext, 1, $"the kernel's types do not say what the context of {a.Input.Type} programs is in the kernel");
        return 0;
    }

    private static string Upper(ProgramType type)
    {
        string name = type.ToString();
        System.Text.StringBuilder text = new();
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i])) text.Append('_');
            text.Append(char.ToUpperInvariant(name[i]));
        }

        return text.ToString();
    }

    private static RegisterState Cast(Analysis a, in KfuncData data)
    {
        BtfTypes types = data.Function.Types;
        RegisterState r0;
        if (data.Constant == 0 && a.Since(6, 17))
        {
            r0 = RegisterState.Pointer(RegisterKind.Memory, PointerFlags.ReadOnly | PointerFlags.Untrusted);
            return r0;
        }

        if (data.Constant >= (ulong)types.Count || !types[(uint)data.Constant].IsComposite) a.Refuse(ViolationKind.ArgumentTypeId, 2, $"the type {data.Constant} in r2 is no struct of the kernel");
        r0 = RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.Untrusted);
        (r0.Origin, r0.Target) = (data.Function.Set, (int)data.Constant);
        return r0;
    }

    private static RegisterState Slice(Analysis a, in KfuncData data)
    {
        bool isWritable = data.Function.Special == SpecialKfunc.DynptrSliceWritable;
        if (isWritable && !PacketRules.MayWrite(a)) a.Refuse(ViolationKind.PacketWrite, 1, $"programs of type {a.Input.Type} may not write to the packet, bpf_dynptr_slice gives memory to read");
        PointerFlags flags = data.Dynptr.Kind is DynptrKind.Skb or DynptrKind.Xdp or DynptrKind.SkbMeta ? PointerFlags.PacketSlice : 0;
        RegisterState r0 = RegisterState.Pointer(RegisterKind.Memory, flags | (isWritable ? 0 : PointerFlags.ReadOnly));
        r0.Extent = (int)Math.Min(data.Constant, int.MaxValue);
        r0.Origin = data.Dynptr.Id;
        return r0;
    }

    private static RegisterState Object(Analysis a, in KfuncData data, uint pointee)
    {
        KfuncPrototype function = data.Function;
        PointerFlags flags = function.Special == SpecialKfunc.KmemCache ? PointerFlags.Untrusted : function.Has(KfuncTraits.RcuProtected) && a.Since(6, 18) ? PointerFlags.Rcu : 0;
        if (function.Has(KfuncTraits.IteratorNext))
        {
            PointerFlags iterator = a.State.Frames[data.IteratorFrame]!.Stack[data.IteratorSlot].Spilled.Flags;
            flags |= (iterator & PointerFlags.Rcu) != 0 ? PointerFlags.Rcu : PointerFlags.Trusted;
        }

        RegisterState r0 = RegisterState.Pointer(RegisterKind.BtfObject, flags);
        (r0.Origin, r0.Target) = (function.Set, (int)pointee);
        return r0;
    }

    private static RegisterState Memory(Analysis a, ref KfuncData data, uint pointee, BtfType target)
    {
        if (data.ResultSize == 0)
        {
            long size = data.Function.Types.SizeOf(pointee);
            if (size <= 0) a.Refuse(ViolationKind.TypeInformation, -1, $"{data.Function.Name} returns a pointer to {target.Name}, whose size is not known");
            data.ResultSize = (ulong)size;
            data.IsResultReadOnly = true;
        }

        RegisterState r0 = RegisterState.Pointer(RegisterKind.Memory, data.IsResultReadOnly ? PointerFlags.ReadOnly : 0);
        r0.Extent = (int)Math.Min(data.ResultSize, int.MaxValue);
        r0.ReferenceId = data.ReferenceId; // gone when that is given back
        return r0;
    }
}
