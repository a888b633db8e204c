// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What a helper leaves in r0.</summary>
internal static class HelperResults
{
    private const int LargestError = 4095; // MAX_ERRNO

    internal static RegisterState Make(Analysis a, ref HelperData data)
    {
        HelperResult result = data.Helper.Result;
        RegisterState r0;
        switch (result.Kind)
        {
            case ResultKind.Void:
                return default;
            case ResultKind.Integer:
                return Number(a, data);
            case ResultKind.MapValue:
                r0 = RegisterState.Pointer(RegisterKind.MapValue, result.MaybeNull && !IsCertain(a, data) ? PointerFlags.MaybeNull : 0);
                (r0.Target, r0.Origin) = (data.Map, data.MapInstance);
                if (!r0.MaybeNull && SpecialFields.HasLock(a, data.Map)) r0.Id = a.NewId();
                break;
            case ResultKind.Memory or ResultKind.RingRecord:
                r0 = RegisterState.Pointer(RegisterKind.Memory, result.Kind == ResultKind.RingRecord ? PointerFlags.RingBuffer : 0);
                r0.Extent = (int)Math.Min(data.AllocationSize, int.MaxValue);
                break;
            case ResultKind.MemoryOrBtfObject:
                r0 = PerCpu(a, data);
                break;
            case ResultKind.BtfObject:
                r0 = Object(a, data);
                break;
            default:
                r0 = RegisterState.Pointer(result.Kind switch { ResultKind.Socket => RegisterKind.Socket, ResultKind.TcpSocket => RegisterKind.TcpSocket, _ => RegisterKind.SocketCommon });
                break;
        }

        if (result.MaybeNull && result.Kind != ResultKind.MapValue) r0.Flags |= PointerFlags.MaybeNull;
        if (r0.MaybeNull) r0.Id = a.NewId();
        SetReference(a, data, ref r0);
        return r0;
    }

    private static void SetReference(Analysis a, in HelperData data, ref RegisterState r0)
    {
        if (data.Helper.Id == HelperId.DynptrData)
        {
            r0.Origin = data.Dynptr.Id;
            r0.ReferenceId = data.ReferenceId;
        }
        else if (data.Helper.Has(HelperTraits.CastsSocket) || data.Helper.Has(HelperTraits.ReturnsPartOfArgument))
        {
            r0.ReferenceId = data.ReferenceId;
        }
        else if (data.Helper.Has(HelperTraits.Acquires) || (data.Helper.Id == HelperId.MapLookup && a.Maps[data.Map].Type is MapType.SockMap or MapType.SockHash))
        {
            r0.Id = r0.ReferenceId = a.Acquire();
        }
    }

    /// <summary>A lookup with a constant key in an array of that many elements always finds one.</summary>
    private static bool IsCertain(Analysis a, in HelperData data) => data.ConstantKey >= 0 && data.ConstantKey < a.Maps[data.Map].MaxEntries
        && !(a.Options.IsForThisProcess && (a.Maps[data.Map].Flags & MapFlags.InnerMap) != 0);

    private static RegisterState Number(Analysis a, in HelperData data)
    {
        RegisterState number = RegisterState.Unknown;
        switch (data.Helper.Id)
        {
            case HelperId.GetStack or HelperId.GetTaskStack or HelperId.ProbeReadString or HelperId.ProbeReadKernelString or HelperId.ProbeReadUserString:
                long most = (long)Math.Min(data.LargestSize, int.MaxValue);
                (number.Range.SMin, number.Range.SMax) = (-LargestError, most);
                (number.Range.S32Min, number.Range.S32Max) = (-LargestError, (int)most);
                number.Range.Sync();
                break;
            case HelperId.GetProcessorId:
                number.Range = ScalarRange.Unsigned(0, a.Options.HighestProcessor);
                break;
        }

        return number;
    }

    private static RegisterState PerCpu(Analysis a, in HelperData data)
    {
        BtfTypes? types = KptrAccess.TypesOf(a, data.PerCpuSet);
        uint type = types?.SkipModifiers(data.PerCpuType) ?? 0;
        bool isStruct = types is not null && types[types.Resolve(type)].IsComposite;
        RegisterState r0;
        if (!isStruct)
        {
            long size = types?.SizeOf(type) ?? -1;
            if (size < 0) a.Refuse(ViolationKind.PerCpuArgument, 1, $"the size of type '{TypeMatch.Name(a, data.PerCpuSet, data.PerCpuType)}' is not known");
            r0 = RegisterState.Pointer(RegisterKind.Memory, PointerFlags.ReadOnly | PointerFlags.Trusted);
            r0.Extent = (int)Math.Min(size, int.MaxValue);
            return r0;
        }

        bool isAllocated = (a.Registers[1].Flags & PointerFlags.Rcu) != 0;
        r0 = RegisterState.Pointer(RegisterKind.BtfObject, isAllocated ? PointerFlags.Allocated | PointerFlags.Rcu : PointerFlags.Trusted);
        (r0.Origin, r0.Target) = (data.PerCpuSet, (int)types!.Resolve(type));
        return r0;
    }

    private static RegisterState Object(Analysis a, in HelperData data)
    {
        RegisterState r0 = RegisterState.Pointer(RegisterKind.BtfObject, data.Helper.Result.IsTrusted ? PointerFlags.Trusted : 0);
        if (data.Kptr is { } field)
        {
            (r0.Origin, r0.Target) = (field.TypeSet, (int)field.TypeId);
            if (field.TypeSet == 1) r0.Flags |= PointerFlags.Allocated;
            if (field.TypeSet == 1 && field.Kind == SpecialFieldKind.KptrPerCpu) r0.Flags |= PointerFlags.PerCpu;
            return r0;
        }

        string name = data.Helper.Result.BtfType ?? "";
        uint type = a.Options.KernelTypes?.FindByName(name, BtfKind.Struct) ?? 0;
        if (type == 0) a.Refuse(ViolationKind.TypeInformation, -1, $"{data.Helper.Name} returns a struct {name}, which the kernel's types do not have");
        r0.Target = (int)type;
        return r0;
    }
}
