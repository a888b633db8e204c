// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Plain memory that a kernel function takes: it may read and write all of it.</summary>
internal static class KfuncMemory
{
    private const int MaxNesting = 4;
    private const int MaxSteps = 1 << 20;

    /// <summary>Memory of the size that the parameter's type has.</summary>
    internal static void Check(Analysis a, KfuncPrototype function, int register, in KfuncParameter parameter)
    {
        NeedPlain(a, function, register, parameter, hasSize: false);
        long size = function.Types.SizeOf(parameter.Pointee);
        if (size < 0) a.Refuse(ViolationKind.ArgumentMemory, register, $"the size of what {function.Name} takes in r{register} is not known");
        if (a.Registers[register].IsNull) return;
        RegisterState saved = a.Registers[register];
        DropNull(a, register);
        RawMemory none = default;
        MemoryAccess.CheckHelperRegion(a, register, (int)size, false, true, ref none);
        MemoryAccess.CheckHelperRegion(a, register, (int)size, true, true, ref none);
        a.Registers[register] = saved;
    }

    /// <summary>Memory whose size the next argument has.</summary>
    internal static void CheckPair(Analysis a, ref KfuncData data, int register, in KfuncParameter parameter, in KfuncParameter size)
    {
        KfuncPrototype function = data.Function;
        NeedPlain(a, function, register, parameter, hasSize: true);
        if (!a.Registers[register].IsNull || !parameter.IsOptional)
        {
            RegisterState saved = a.Registers[register];
            DropNull(a, register);
            RawMemory none = default;
            SizePair.Check(a, register, register + 1, false, true, ref none);
            SizePair.Check(a, register, register + 1, true, true, ref none);
            a.Registers[register] = saved;
        }

        if (!size.IsConstantSize) return;
        ref RegisterState value = ref a.Registers[register + 1];
        if (!value.HasConstantRange) a.Refuse(ViolationKind.ArgumentConstant, register + 1, $"the size in r{register + 1} has to be a constant: it is {value}");
        data.HasConstant = true;
        data.Constant = value.Range.Bits.Value;
    }

    /// <summary>True for a struct of numbers all the way down.</summary>
    internal static bool IsOfNumbers(BtfTypes types, uint typeId)
    {
        int steps = 0;
        return IsOfNumbers(types, typeId, 0, ref steps);
    }

    private static bool IsOfNumbers(BtfTypes types, uint typeId, int depth, ref int steps)
    {
        BtfType type = types[types.Resolve(typeId)];
        if (!type.IsComposite || depth >= MaxNesting) return false;
        for (int i = 0; i < type.Count; i++)
        {
            if (++steps > MaxSteps) return false;
            uint memberType = types.Resolve(type.MemberRaw(i).TypeId);
            BtfType member = types[memberType];
            if (member.IsComposite)
            {
                if (!IsOfNumbers(types, memberType, depth + 1, ref steps)) return false;
                continue;
            }

            if (member.Kind == BtfKind.Array)
            {
                if (member.ElementCount == 0) return false;
                member = types[types.Resolve(member.ElementTypeId)];
            }

            if (!IsNumber(member)) return false;
        }

        return true;
    }

    internal static bool IsNumber(BtfType type) => type.Kind == BtfKind.Int || type.IsEnum;

    private static void NeedPlain(Analysis a, KfuncPrototype function, int register, in KfuncParameter parameter, bool hasSize)
    {
        BtfType type = function.Types[parameter.Pointee];
        if (IsNumber(type) || IsOfNumbers(function.Types, parameter.Pointee) || (hasSize && type.Kind == BtfKind.Void)) return;
        a.Refuse(ViolationKind.ArgumentType, register, $"r{register} is {a.Registers[register]}, {function.Name} takes a kernel object (struct {type.Name})");
    }

    private static void DropNull(Analysis a, int register)
    {
        if (a.Registers[register].MaybeNull) NullTests.SetNotNull(a, ref a.Registers[register]);
    }
}
