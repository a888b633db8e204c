// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>Finds the method that a type gives for one of an interface or of a base class.</summary>
internal static class MethodFinder
{
    /// <summary>The implementation, generic arguments in place; null if the type has none.</summary>
    public static MethodModel? Implementation(TypeModel type, MethodReference wanted)
    {
        TypeModel? holder = type.Context.HolderOf(type);
        for (TypeModel? at = holder; at is not null; at = at.BaseType)
        {
            if (at.Assembly is null) break;
            if (Explicit(at, wanted) is { } given) return given;
            if (ByName(at, wanted, isExtension: type.Shape == TypeShape.Primitive && wanted.HasThis) is { } found) return found;
        }

        // A method that the interface itself has a body for.
        return wanted.Method is { IsAbstract: false, HasBody: true, DeclaringType.Shape: TypeShape.Interface } offered ? offered : null;
    }

    private static MethodModel? Explicit(TypeModel type, MethodReference wanted)
    {
        MetadataReader reader = type.Assembly!.Reader;
        foreach (MethodImplementationHandle handle in reader.GetTypeDefinition(type.Handle).GetMethodImplementations())
        {
            MethodImplementation row = reader.GetMethodImplementation(handle);
            MethodReference declaration = type.Assembly.ResolveMethod(row.MethodDeclaration, type.GenericContext);
            if (declaration.Name != wanted.Name || declaration.DeclaringType != wanted.DeclaringType || !Same(declaration.Parameters, wanted.Parameters)) continue;
            if (row.MethodBody.Kind == HandleKind.MethodDefinition) return type.Method((MethodDefinitionHandle)row.MethodBody, wanted.Arguments);
        }

        return null;
    }

    private static MethodModel? ByName(TypeModel type, MethodReference wanted, bool isExtension)
    {
        foreach (MethodDefinitionHandle handle in type.MethodHandles(wanted.Name))
        {
            MethodModel method = type.Method(handle, wanted.Arguments);
            if (method.IsAbstract || method.Arity != wanted.Arguments.Length) continue;
            int skip = isExtension && method.IsStatic ? 1 : 0;
            if (skip == 0 && method.IsStatic == wanted.HasThis) continue;
            if (method.Parameters.Length != wanted.Parameters.Length + skip || method.ReturnType != wanted.ReturnType) continue;
            bool fits = true;
            for (int i = 0; i < wanted.Parameters.Length; i++) fits &= method.Parameters[i + skip].Type == wanted.Parameters[i];
            if (fits) return method;
        }

        return null;
    }

    private static bool Same(TypeModel[] left, TypeModel[] right) => left.AsSpan().SequenceEqual(right);
}
