// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;

namespace Nectar.Compiler.Frontends.IL.Construction;

/// <summary>Calls and objects.</summary>
internal sealed partial class EvaluationFrame
{
    private EvaluatedValue[] PopArguments(int count)
    {
        EvaluatedValue[] arguments = new EvaluatedValue[count];
        for (int i = count - 1; i >= 0; i--) arguments[i] = Pop();
        return arguments;
    }

    private void NewObject(MethodReference constructor)
    {
        EvaluatedValue[] arguments = PopArguments(constructor.Parameters.Length);
        TypeModel type = constructor.DeclaringType;
        if (type.Shape == TypeShape.Struct && !type.HasReferences && constructor.Method is { HasBody: true } method)
        {
            byte[] bytes = new byte[type.Size];
            _evaluator.Run(method, [EvaluatedValue.Address(bytes, 0), .. arguments.Select((argument, i) => ConstructorEvaluator.ToStorage(argument, method.Parameters[i].Type))]);
            Push(new EvaluatedValue(EvaluatedKind.Struct, 0, bytes));
            return;
        }

        Push(_evaluator.Create(constructor, arguments, Location));
    }

    private void Call(MethodReference target)
    {
        EvaluatedValue[] arguments = PopArguments(target.Parameters.Length + (target.HasThis ? 1 : 0));
        TypeModel type = target.DeclaringType;
        bool isBase = target.Name == ".ctor" && (type.FrameworkName == "System.Object" || type.Is(ProbeNames.Namespace, ProbeNames.Probe));
        if (isBase) return;
        bool isKnown = target.Method is { HasBody: true } && arguments.All(argument => argument.Kind != EvaluatedKind.Unknown)
            && !(target.HasThis && arguments[0].Object is not (EvaluatedObject or byte[]));
        if (!isKnown || IsForPrograms(target.Method!))
        {
            if (!target.ReturnType.IsVoid) Push(Unknown($"{type.DisplayName}.{target.Name}(…)"));
            return;
        }

        MethodModel method = target.Method!;
        int first = target.HasThis ? 1 : 0;
        object?[] stored = new object?[arguments.Length];
        if (first == 1) stored[0] = arguments[0].Kind == EvaluatedKind.Reference ? arguments[0].Object : arguments[0];
        for (int i = first; i < stored.Length; i++) stored[i] = ConstructorEvaluator.ToStorage(arguments[i], target.Parameters[i - first]);
        EvaluatedValue result = _evaluator.Run(method, stored);
        if (!target.ReturnType.IsVoid) Push(result);
    }

    private static bool IsForPrograms(MethodModel method) => method.Attribute(ProbeNames.Namespace, ProbeNames.Helper) is not null
        || method.Attribute(ProbeNames.Namespace, ProbeNames.Kfunc) is not null || method.Attribute(ProbeNames.Namespace, ProbeNames.Intrinsic) is not null;
}
