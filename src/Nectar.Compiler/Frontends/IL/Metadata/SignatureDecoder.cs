// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>Makes <see cref="TypeModel"/>s of signatures and of the values of attributes.</summary>
internal sealed class SignatureDecoder(AssemblyModel assembly) : ISignatureTypeProvider<TypeModel, GenericContext>, ICustomAttributeTypeProvider<TypeModel>
{
    private readonly MetadataContext _context = assembly.Context;

    public TypeModel GetPrimitiveType(PrimitiveTypeCode typeCode) => _context.Primitive(typeCode);

    public TypeModel GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => assembly.OpenType(handle);

    public TypeModel GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => assembly.ResolveReference(handle);

    public TypeModel GetTypeFromSpecification(MetadataReader reader, GenericContext genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        assembly.ResolveType(handle, genericContext);

    public TypeModel GetGenericInstantiation(TypeModel genericType, ImmutableArray<TypeModel> typeArguments) =>
        _context.Instantiate(genericType, System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray(typeArguments)!);

    public TypeModel GetGenericTypeParameter(GenericContext genericContext, int index) =>
        index < genericContext.TypeArguments.Length ? genericContext.TypeArguments[index] : _context.Parameter(index, isMethod: false);

    public TypeModel GetGenericMethodParameter(GenericContext genericContext, int index) =>
        index < genericContext.MethodArguments.Length ? genericContext.MethodArguments[index] : _context.Parameter(index, isMethod: true);

    public TypeModel GetPointerType(TypeModel elementType) => elementType.Pointer;

    public TypeModel GetByReferenceType(TypeModel elementType) => elementType.ByRef;

    public TypeModel GetSZArrayType(TypeModel elementType) => elementType.ArrayOf;

    public TypeModel GetArrayType(TypeModel elementType, ArrayShape shape) => elementType.ArrayOf;

    public TypeModel GetFunctionPointerType(MethodSignature<TypeModel> signature) => _context.FunctionPointer;

    public TypeModel GetModifiedType(TypeModel modifier, TypeModel unmodifiedType, bool isRequired) => unmodifiedType;

    public TypeModel GetPinnedType(TypeModel elementType) => elementType.PinnedMarker;

    public TypeModel GetSystemType() => _context.External("System", "Type", []);

    public bool IsSystemType(TypeModel type) => type.Is("System", "Type");

    public TypeModel GetTypeFromSerializedName(string name)
    {
        int end = name.IndexOf(',', StringComparison.Ordinal);
        string full = end < 0 ? name : name[..end];
        int dot = full.LastIndexOf('.');
        (string @namespace, string simple) = dot < 0 ? ("", full) : (full[..dot], full[(dot + 1)..]);
        // without an assembly it is in this one or in the core library
        if (end < 0) return Nested(assembly.FindType(@namespace, simple.Split('+')[0]) ?? _context.FindType("System", @namespace, simple), simple);
        return Nested(_context.FindType(name[(end + 1)..].Split(',')[0].Trim(), @namespace, simple.Split('+')[0]), simple);
    }

    /// <summary>Enumerations of the framework are not read; those that attributes take are all of 32 bits.</summary>
    public PrimitiveTypeCode GetUnderlyingEnumType(TypeModel type) => type.IsEnum ? type.Primitive : PrimitiveTypeCode.Int32;

    private static TypeModel Nested(TypeModel outer, string path)
    {
        foreach (string name in path.Split('+').Skip(1)) outer = outer.Assembly?.FindNested(outer, name) ?? outer;
        return outer;
    }
}
