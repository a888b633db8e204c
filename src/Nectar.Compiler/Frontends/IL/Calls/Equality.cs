// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary><c>EqualityComparer&lt;T&gt;.Default.Equals</c>, which records and generic code call.</summary>
internal static class Equality
{
    public static Operand OfComparer(Translator t, MethodModel method, Operand[] arguments)
    {
        TypeModel type = method.DeclaringType.Arguments[0];
        Operand left = arguments[^2], right = arguments[^1];
        switch (StackKinds.Of(type))
        {
            case StackKind.I32 or StackKind.I64 or StackKind.Pointer:
                return Operand.Of(t.Compare(Op.Equal, t.Scalar(left), t.Scalar(right)));
            case StackKind.Struct:
                return OfStructs(t, type, left, right);
            default:
                throw t.Refuse(IlCodes.Text, $"values of '{type.DisplayName}' cannot be compared in a program");
        }
    }

    private static Operand OfStructs(Translator t, TypeModel type, Operand left, Operand right)
    {
        foreach (MethodModel candidate in type.Methods)
        {
            if (candidate.Name != "Equals" || candidate.IsStatic || candidate.Parameters is not [{ Type: var parameter }] || parameter != type) continue;
            return t.Call(candidate, null, [Operand.Of(left.Value!), right]);
        }

        throw t.Refuse(IlCodes.VirtualCall, $"'{type.DisplayName}' has no 'Equals({type.DisplayName})': 'object.Equals' compares by reflection, which a program cannot", $"help: make '{type.DisplayName}' a record struct, or implement IEquatable<{type.DisplayName}>");
    }
}
