// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>Calls of helpers and of kernel functions: arguments go into registers as they are.</summary>
internal static class HelperCalls
{
    private const int MaxArguments = 5;

    public static Operand Call(Translator t, MethodModel method, int id, Operand[] arguments)
    {
        if (HelperTargets.Find(id) is not { } target) throw t.Refuse(IlCodes.UnknownFunction, $"there is no helper number {id}, which '{method}' stands for");
        return Call(t, method, target, arguments);
    }

    public static Operand CallKernel(Translator t, MethodModel method, CallKind kind, Operand[] arguments) =>
        Call(t, method, t.Module.KernelFunction(method, kind.Name ?? method.Name, kind.IsWeak), arguments);

    private static Operand Call(Translator t, MethodModel method, CallTarget target, Operand[] arguments)
    {
        if (!method.IsStatic || arguments.Length > MaxArguments) throw t.Refuse(IlCodes.BadSignature, $"'{method}' stands for '{target.Name}' of the kernel: it has to be static, with at most five parameters");
        Value[] values = new Value[arguments.Length];
        for (int i = 0; i < values.Length; i++) values[i] = Argument(t, method, method.Parameters[i].Type, arguments[i], arguments);
        TypeModel result = method.ReturnType;
        StackKind kind = StackKinds.Of(result);
        if (kind is StackKind.Struct or StackKind.Object or StackKind.Float) throw t.Refuse(IlCodes.BadSignature, $"'{method}' stands for '{target.Name}' of the kernel: its result has to be an integer or a pointer");
        t.Forget();
        Value called = t.Builder.Call(target, StackKinds.Register(result), values);
        if (kind == StackKind.Pointer && called.Origin == PointerOrigin.Unknown) called.Origin = t.Module.PlainAddresses; // a number to the verifier
        if (kind == StackKind.Void) return default;
        // The kernel leaves the rest of the register as it likes.
        if (result.Size < 4) return Operand.Of(result.IsSigned ? t.Builder.SignExtend(called, result.Size, IrType.I32) : t.Builder.ZeroExtend(called, result.Size, IrType.I32));
        return Operand.Of(called);
    }

    private static Value Argument(Translator t, MethodModel method, TypeModel type, in Operand argument, Operand[] all)
    {
        switch (argument.Object)
        {
            case null:
                Operand value = t.Normalize(argument, type);
                if (value.IsStruct) throw t.Refuse(IlCodes.BadSignature, $"'{method}' takes a struct by value, which the kernel cannot", "help: take it by 'in' or 'ref'");
                return value.Value!;
            case NullObject:
                return t.Builder.Null();
            case MapObject map:
                return t.Builder.Map(map.Map.Map);
            case TextObject text:
                return t.Builder.Global(t.Module.Text(text.Text));
            case DelegateObject callback:
                return t.Builder.FunctionAddress(FunctionCalls.Callback(t, callback, Array.Find(all, other => other.Object is MapObject).Object));
            case MethodObject pointer:
                return t.Builder.FunctionAddress(FunctionCalls.Callback(t, new DelegateObject(pointer.Method, NullObject.Instance), Array.Find(all, other => other.Object is MapObject).Object));
            default:
                throw t.Refuse(IlCodes.UnknownObject, $"{argument.Object.Display} cannot be passed to the kernel ('{method}')");
        }
    }
}
