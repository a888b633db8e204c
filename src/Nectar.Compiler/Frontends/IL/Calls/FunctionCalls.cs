// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>Functions of their own: <c>[Subprogram]</c> methods, and what helpers call back.</summary>
internal static class FunctionCalls
{
    private const int MaxParameters = 5;

    /// <summary>Calls a method that is a function of the object.</summary>
    public static Operand Call(Translator t, MethodModel method, bool isGlobal, Operand[] arguments)
    {
        KnownObject?[] objects = [.. arguments.Select(argument => argument.Object)];
        IrFunction function = t.Module.Functions.Find(method, objects) ?? Make(t, method, objects, isGlobal, abortResult: 0);
        List<Value> values = [];
        int first = method.IsStatic ? 0 : 1;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (objects[i] is not null) continue;
            TypeModel type = i < first ? method.DeclaringType.ByRef : method.Parameters[i - first].Type;
            values.Add(t.Normalize(arguments[i], type).Value!);
        }

        t.Forget();
        Value result = t.Builder.Call(function, function.Result, [.. values]);
        return method.ReturnType.IsVoid ? default : t.Narrowed(result, method.ReturnType);
    }

    /// <summary>The function that a delegate becomes when a helper takes it.</summary>
    public static IrFunction Callback(Translator t, DelegateObject callback, KnownObject? map)
    {
        MethodModel method = callback.Method;
        List<KnownObject?> objects = [];
        if (!method.IsStatic) objects.Add(callback.Target);
        foreach (ParameterModel parameter in method.Parameters)
        {
            bool isObject = StackKinds.Of(parameter.Type) == StackKind.Object;
            if (isObject && map is null) throw t.Refuse(IlCodes.BadSignature, $"'{method.Name}' takes '{parameter.Type.DisplayName}', which the kernel cannot pass to a callback");
            objects.Add(isObject ? map : null);
        }

        KnownObject?[] known = [.. objects];
        return t.Module.Functions.Find(method, known) ?? Make(t, method, known, isGlobal: false, abortResult: 1, isCallback: true);
    }

    private static IrFunction Make(Translator t, MethodModel method, KnownObject?[] objects, bool isGlobal, long abortResult, bool isCallback = false)
    {
        ModuleTranslation module = t.Module;
        if (module.Functions.Active.Contains(method)) throw t.Refuse(IlCodes.Recursion, $"'{method}' calls itself", "help: use a loop with a bound");
        IrType result = Result(t, method);
        IrFunction function = new(module.Functions.Name(method.Name), result) { IsGlobal = isGlobal };
        int errors = module.Diagnostics.ErrorCount;
        module.Functions.Active.Add(method);
        Translator.Translate(module, function, method, abortResult, inner => Bind(inner, method, objects, isCallback));
        module.Functions.Active.Remove(method);
        if (module.Diagnostics.ErrorCount != errors) throw new Refusal(module.Diagnostics.Items[^1], isReported: true);
        function.TypeId = module.FunctionType(method, function.Name, isGlobal);
        module.Functions.Add(method, objects, function);
        module.Module.Functions.Add(function);
        return function;
    }

    private static IrType Result(Translator t, MethodModel method) => StackKinds.Of(method.ReturnType) switch
    {
        StackKind.Struct or StackKind.Object or StackKind.Float =>
            throw t.Refuse(IlCodes.BadSignature, $"'{method}' returns '{method.ReturnType.DisplayName}', which does not fit into a register", "help: return an integer or a pointer; larger results go into an 'out' parameter"),
        StackKind.Void => IrType.I64, // r0 has to be set
        _ => StackKinds.Register(method.ReturnType),
    };

    private static Operand[] Bind(Translator t, MethodModel method, KnownObject?[] objects, bool isCallback)
    {
        Operand[] arguments = new Operand[objects.Length];
        int first = method.IsStatic ? 0 : 1;
        for (int i = 0; i < arguments.Length; i++)
        {
            TypeModel type = i < first ? method.DeclaringType.ByRef : method.Parameters[i - first].Type;
            if (objects[i] is { } known)
            {
                arguments[i] = Operand.Of(known);
                if (isCallback && i >= first) t.Builder.Parameter(IrType.Pointer, PointerOrigin.Map); // the kernel passes it all the same
                continue;
            }

            IrType register = StackKinds.Register(type);
            if (register == IrType.Void || t.Builder.Function.Parameters.Count == MaxParameters)
            {
                throw t.Refuse(IlCodes.BadSignature, register == IrType.Void ? $"'{method}' takes '{type.DisplayName}' by value, which does not fit into a register" : $"'{method}' has more than {MaxParameters} parameters",
                    "help: a function of its own takes at most five integers, pointers and references: pass structs by 'in' or 'ref'");
            }

            Value parameter = t.Builder.Parameter(register);
            arguments[i] = type.Size < 4 ? t.Narrowed(parameter, type) : Operand.Of(parameter);
        }

        return arguments;
    }
}
