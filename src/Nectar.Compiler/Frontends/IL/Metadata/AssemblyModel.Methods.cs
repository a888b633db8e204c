// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using System.Runtime.InteropServices;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>Finds the method that a call names.</summary>
internal sealed partial class AssemblyModel
{
    /// <summary>The method that a call's token names.</summary>
    /// <param name="handle">A definition, reference or instance of a method.</param>
    /// <param name="context">What generic parameters stand for.</param>
    /// <param name="mustExist">A method of another assembly that is not there is an error; otherwise a reference without method comes back.</param>
    /// <exception cref="Nectar.Bpf.Diagnostics.CompileException">It is not there (NEC2101).</exception>
    public MethodReference ResolveMethod(EntityHandle handle, GenericContext context, bool mustExist = true)
    {
        TypeModel[] arguments = [];
        if (handle.Kind == HandleKind.MethodSpecification)
        {
            MethodSpecification specification = Reader.GetMethodSpecification((MethodSpecificationHandle)handle);
            arguments = ImmutableCollectionsMarshal.AsArray(specification.DecodeSignature(Signatures, context))!;
            handle = specification.Method;
        }

        if (handle.Kind == HandleKind.MethodDefinition)
        {
            MethodDefinitionHandle own = (MethodDefinitionHandle)handle;
            return Of(OpenType(Reader.GetMethodDefinition(own).GetDeclaringType()).Method(own, arguments));
        }

        if (handle.Kind != HandleKind.MemberReference) throw new BadImageFormatException($"a {handle.Kind} where a method is expected");
        MemberReferenceHandle member = (MemberReferenceHandle)handle;
        MemberReference reference = Reader.GetMemberReference(member);
        TypeModel owner = ResolveType(reference.Parent, context);
        (AssemblyModel? assembly, MethodDefinitionHandle definition) = FindMethod(member, reference, owner);
        if (assembly is not null)
        {
            TypeModel holder = Context.HolderOf(owner)!;
            if (assembly.Reader.GetMethodDefinition(definition).GetDeclaringType() != holder.Handle || assembly != holder.Assembly)
                holder = BaseHolding(holder, assembly, definition);
            return Describe(holder.Method(definition, arguments), owner, reference, arguments);
        }

        if (mustExist && (owner.MissingAssembly is not null || (owner.Assembly is { IsLibrary: false } && owner.Shape != TypeShape.Interface))) throw Missing(owner, Reader.GetString(reference.Name));
        return Describe(null, owner, reference, arguments);
    }

    private static TypeModel BaseHolding(TypeModel type, AssemblyModel assembly, MethodDefinitionHandle definition)
    {
        TypeDefinitionHandle declaring = assembly.Reader.GetMethodDefinition(definition).GetDeclaringType();
        foreach (TypeModel at in type.Bases())
        {
            if (at.Assembly == assembly && at.Handle == declaring) return at;
        }

        return type;
    }

    private static MethodReference Of(MethodModel method) => new(method, method.DeclaringType, method.Name, [.. method.Parameters.Select(parameter => parameter.Type)], method.ReturnType,
        method.Arguments, !method.IsStatic);

    private MethodReference Describe(MethodModel? method, TypeModel owner, MemberReference reference, TypeModel[] arguments)
    {
        MethodSignature<TypeModel> signature = reference.DecodeMethodSignature(Signatures, new GenericContext(owner.Arguments, arguments));
        return new MethodReference(method, owner, Reader.GetString(reference.Name), ImmutableCollectionsMarshal.AsArray(signature.ParameterTypes)!, signature.ReturnType, arguments,
            signature.Header.IsInstance);
    }

    /// <summary>The definition is the same whatever the generic arguments are, so it is looked for once: open signatures are compared.</summary>
    private (AssemblyModel? Assembly, MethodDefinitionHandle Handle) FindMethod(MemberReferenceHandle member, MemberReference reference, TypeModel owner)
    {
        if (_methods.TryGetValue(member, out (AssemblyModel?, MethodDefinitionHandle) known)) return known;
        (AssemblyModel?, MethodDefinitionHandle) found = default;
        MethodSignature<TypeModel> wanted = reference.DecodeMethodSignature(Signatures, GenericContext.Open);
        string name = Reader.GetString(reference.Name);
        bool isPrimitive = owner.Shape == TypeShape.Primitive;
        foreach (TypeModel type in Context.HolderOf(owner)?.Bases() ?? [])
        {
            if (found.Item1 is not null) break;
            foreach (MethodDefinitionHandle candidate in type.MethodHandles(name))
            {
                MethodSignature<TypeModel> offered = type.Assembly!.Reader.GetMethodDefinition(candidate).DecodeSignature(type.Assembly.Signatures, GenericContext.Open);
                if (!Matches(wanted, offered, isPrimitive)) continue;
                found = (type.Assembly, candidate);
                break;
            }
        }

        _methods.Add(member, found);
        return found;
    }

    private static bool Matches(MethodSignature<TypeModel> wanted, MethodSignature<TypeModel> offered, bool isPrimitive)
    {
        if (wanted.GenericParameterCount != offered.GenericParameterCount) return false;
        int skip = isPrimitive && wanted.Header.IsInstance && !offered.Header.IsInstance ? 1 : 0;
        if (skip == 0 && wanted.Header.IsInstance != offered.Header.IsInstance) return false;
        if (wanted.ParameterTypes.Length + skip != offered.ParameterTypes.Length) return false;
        if (skip == 1 && offered.ParameterTypes[0].Shape != TypeShape.ByRef) return false;
        for (int i = 0; i < wanted.ParameterTypes.Length; i++)
        {
            if (wanted.ParameterTypes[i] != offered.ParameterTypes[i + skip]) return false;
        }

        return wanted.ReturnType == offered.ReturnType; // operators of conversion differ in nothing else
    }
}
