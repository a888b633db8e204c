// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Numbers that a kernel function takes, some of which have to be constants.</summary>
internal static class KfuncNumbers
{
    internal static void Check(Analysis a, ref KfuncData data, int register, in KfuncParameter parameter)
    {
        ref RegisterState value = ref a.Registers[register];
        if (parameter.Kind == KfuncParameterKind.Unknown) a.Refuse(ViolationKind.ArgumentType, register, $"{data.Function.Name} takes a struct in r{register}, which programs cannot pass");
        if (value.Kind != RegisterKind.Scalar) a.Refuse(ViolationKind.ArgumentNumber, register, $"r{register} is {value}, {data.Function.Name} takes a number");
        switch (parameter.Kind)
        {
            case KfuncParameterKind.ConstantNumber:
                NeedConstant(a, data.Function, register, parameter);
                data.HasConstant = true;
                data.Constant = value.Range.Bits.Value;
                break;
            case KfuncParameterKind.ReadOnlyBufferSize or KfuncParameterKind.BufferSize:
                NeedConstant(a, data.Function, register, parameter);
                data.IsResultReadOnly = parameter.Kind == KfuncParameterKind.ReadOnlyBufferSize;
                data.ResultSize = value.Range.Bits.Value;
                if (data.ResultSize > int.MaxValue) a.Refuse(ViolationKind.SizeUnbounded, register, $"the size in r{register} is {data.ResultSize}");
                break;
        }
    }

    private static void NeedConstant(Analysis a, KfuncPrototype function, int register, in KfuncParameter parameter)
    {
        ref RegisterState value = ref a.Registers[register];
        if (!value.HasConstantRange) a.Refuse(ViolationKind.ArgumentConstant, register, $"r{register} is {value}: '{parameter.Name}' of {function.Name} has to be a constant");
        a.Precision.Mark(register);
    }
}
