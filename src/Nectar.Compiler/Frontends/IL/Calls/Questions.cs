// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Frontends.IL.Types;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>What <c>Core</c> asks about the running kernel's types: numbers that the loader fills in.</summary>
internal static class Questions
{
    public static Operand Field(Translator t, Operand[] arguments, CoreRelocationKind kind)
    {
        Value place = t.AsPointer(arguments[0]);
        if (t.KernelFieldAt(place) is not { } field)
            throw t.Refuse(IlCodes.NotConstant, "this asks for a field of a kernel struct, but something else is given", "help: Core.FieldExists(p->field), where p is a pointer to a [KernelType] struct");
        CoreAccess access = KernelAccess.Ask((CoreAccess)place.Symbol!, kind, field.Type);
        if (place.Users.Count == 0) place.Remove(); // else a read behind the question would share it, and a missing field fail in front
        return Operand.Of(t.Builder.CoreConstant(IrType.I32, access));
    }

    public static Operand Type(Translator t, MethodModel method, CoreRelocationKind kind)
    {
        TypeModel type = method.Arguments[0];
        if (!KernelAccess.IsKernelType(type)) throw t.Refuse(IlCodes.NotConstant, $"'{type.DisplayName}' is no type of the kernel", "help: declare it with [KernelType]");
        return Operand.Of(t.Builder.CoreConstant(IrType.I32, KernelAccess.Type(t.Module.Probe.Types, type, kind)));
    }

    public static Operand Enumerator(Translator t, MethodModel method, Operand[] arguments, CoreRelocationKind kind)
    {
        TypeModel type = method.Arguments[0];
        Value value = t.Scalar(arguments[0]);
        if (!value.IsConstant || KernelAccess.Enumerator(t.Module.Probe.Types, type, value.Immediate, kind) is not { } access)
            throw t.Refuse(IlCodes.NotConstant, $"an enumerator of '{type.DisplayName}' has to be named here", "help: Core.EnumValue(kind.NAME), where the enumeration has [KernelType]");
        return Operand.Of(t.Builder.CoreConstant(kind == CoreRelocationKind.EnumValue ? IrType.I64 : IrType.I32, access));
    }
}
