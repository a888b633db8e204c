// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Calls;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Calls and <c>newobj</c>: which method it is, and what becomes of it.</summary>
internal sealed partial class Translator
{
    private TypeModel? _constrained; // a prefix of the next call

    private void Call(int token, bool isVirtual)
    {
        TypeModel? constrained = _constrained;
        _constrained = null;
        MethodReference reference = _frame.Method.ResolveMethod(token);
        Operand[] arguments = PopArguments(reference.Parameters.Length + (reference.HasThis ? 1 : 0));
        Settle();
        Operand result = Call(reference, arguments, isVirtual, constrained);
        if (!_isDead && !reference.ReturnType.IsVoid) Push(result);
    }

    private Operand[] PopArguments(int count)
    {
        Operand[] arguments = new Operand[count];
        for (int i = count - 1; i >= 0; i--) arguments[i] = Pop();
        return arguments;
    }

    private Operand Call(MethodReference reference, Operand[] arguments, bool isVirtual, TypeModel? constrained)
    {
        if (reference.HasThis && arguments[0].Object is DelegateObject called && reference.Name == "Invoke") return Invoke(called, arguments[1..]);
        if (reference.Method is null && Framework.Find(reference) is { } builtIn) return builtIn(this, reference, arguments);
        if (constrained is not null && !reference.HasThis && PrimitiveOperators.Call(this, constrained, reference, arguments) is { } computed) return computed;
        MethodModel method = Target(reference, ref arguments, isVirtual, constrained);
        return Call(method, reference, arguments);
    }

    internal Operand Call(MethodModel method, MethodReference? reference, Operand[] arguments)
    {
        CallKind kind = _module.KindOf(method);
        switch (kind.Form)
        {
            case CallForm.Helper:
                return HelperCalls.Call(this, method, kind.Id, arguments);
            case CallForm.Kernel:
                return HelperCalls.CallKernel(this, method, kind, arguments);
            case CallForm.Intrinsic:
                return Intrinsics.Call(this, method, kind.Name!, arguments);
            case CallForm.Function:
                return FunctionCalls.Call(this, method, kind.IsGlobal, arguments);
        }

        if (!method.HasBody && reference is not null) throw RefuseFramework(reference);
        Operand result = Inline(method, arguments, out bool returns);
        if (!returns) _isDead = true;
        return result;
    }

    internal Operand Invoke(DelegateObject called, Operand[] arguments) =>
        Call(called.Method, null, called.Method.IsStatic ? arguments : [Operand.Of(called.Target), .. arguments]);

    /// <summary>The method that is run: calls through interfaces and of virtual methods are decided by the type that is known here.</summary>
    private MethodModel Target(MethodReference reference, ref Operand[] arguments, bool isVirtual, TypeModel? constrained)
    {
        MethodModel? named = reference.Method;
        if (constrained is not null)
        {
            if (MethodFinder.Implementation(constrained, reference) is { } found) return found;
            if (StackKinds.Of(constrained) != StackKind.Object)
                throw Refuse(IlCodes.VirtualCall, $"'{constrained.DisplayName}' has no '{reference.Name}' of its own, and that of 'object' needs an object on the heap", $"help: write the method in '{constrained.DisplayName}', or do without it");
            if (reference.HasThis) arguments[0] = Operand.Of(LoadObject(AsPointer(arguments[0]), constrained, 0));
        }

        if (reference.HasThis && (isVirtual || constrained is not null) && named is null or { IsVirtual: true } or { IsAbstract: true })
        {
            TypeModel? actual = arguments.Length > 0 ? TypeOf(arguments[0].Object) : null;
            if (actual is not null && MethodFinder.Implementation(actual, reference) is { } found) return found;
            if (named is null) throw RefuseFramework(reference);
            if (actual is null || named.IsAbstract)
                throw Refuse(IlCodes.VirtualCall, $"it is only known at run time which '{reference.Name}' is called here", "help: programs have no virtual calls: make the method generic ('where T : struct, IFace'), or call the method of a class that is known");
        }

        if (named is null) throw RefuseFramework(reference);
        return named;
    }

    /// <summary>The class of an object that is known while translating.</summary>
    private static TypeModel? TypeOf(KnownObject? known) => known switch
    {
        ProbePart part => part.Object.Type,
        MapObject map => map.Map.Type,
        EmptyObject empty => empty.Type,
        _ => null,
    };

    private Refusal RefuseFramework(MethodReference reference)
    {
        if (reference.DeclaringType.FullName is "System.String" or "System.Object" && reference.Method is null)
            return Refuse(IlCodes.Text, $"'{reference.DeclaringType.DisplayName}.{reference.Name}' cannot be used in a program: there are no strings and objects", "help: use UTF-8 literals (\"text\"u8) and spans of bytes; Bpf.Print takes interpolated strings");
        string type = reference.DeclaringType.FrameworkName ?? reference.DeclaringType.FullName;
        return Refuse(IlCodes.FrameworkMethod, $"'{type}.{reference.Name}' of the framework cannot be used in a program: {reference}", "help: docs/compiler.md lists what the framework offers in programs; what is missing can be written as a method of your own");
    }

    private void NewObject(int token)
    {
        MethodReference constructor = _frame.Method.ResolveMethod(token);
        TypeModel type = constructor.DeclaringType;
        Operand[] arguments = PopArguments(constructor.Parameters.Length);
        Settle();
        if (IsDelegate(type))
        {
            Push(MakeDelegate(arguments));
            return;
        }

        if (StackKinds.Of(type) == StackKind.Struct)
        {
            Value slot = _builder.StackSlot(SlotSize(type), type.Alignment, type.DisplayName);
            Zero(slot, type.Size);
            Call(constructor, [Operand.Of(slot), .. arguments], false, null);
            if (!_isDead) Push(Operand.Own(slot, type));
            return;
        }

        if (IsException(type))
        {
            Push(new EmptyObject(type)); // to be thrown: it never exists
            return;
        }

        if (type.Name.StartsWith("<>c__DisplayClass", StringComparison.Ordinal))
        {
            throw Refuse(IlCodes.Capture, "this lambda captures variables, which needs the heap, and a program has none", "help: make the lambda static, and pass what it needs by the 'ref' state");
        }

        throw Refuse(IlCodes.Allocation, $"'new {type.DisplayName}' needs the heap, which a program does not have", "help: use a struct; objects that a program works with (maps, histograms) are made in field initializers of the probe");
    }

    private DelegateObject MakeDelegate(Operand[] arguments)
    {
        if (arguments is [{ Object: { } target }, { Object: MethodObject method }]) return new DelegateObject(method.Method, target);
        throw Refuse(IlCodes.Capture, "a delegate whose target is a value needs the heap, which a program does not have", "help: use a static lambda, and pass what it needs by the 'ref' state");
    }

    private static bool IsException(TypeModel type)
    {
        for (TypeModel? at = type; at is not null; at = at.BaseType)
        {
            if (at.Shape == TypeShape.External && at.Name.EndsWith("Exception", StringComparison.Ordinal)) return true;
        }

        return false;
    }

    /// <summary>The method behind a reference where it is not called at once.</summary>
    private MethodModel Resolved(MethodReference reference) => reference.Method ?? throw RefuseFramework(reference);

    /// <summary><c>box</c>: allowed for what is thrown; what else is done with the object is refused there.</summary>
    private void Box(int token)
    {
        TypeModel type = _frame.Method.ResolveType(token);
        Operand value = Pop();
        if (value.IsObject) Push(value);
        else Push(new BoxedObject(type));
    }
}
