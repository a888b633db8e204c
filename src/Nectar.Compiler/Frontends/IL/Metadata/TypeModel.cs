// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>
/// A type with all generic arguments in place. There is one object for each type in a <see cref="MetadataContext"/>, so that types are compared
/// by reference. Everything beyond the identity is read when it is asked for.
/// </summary>
internal sealed partial class TypeModel : IEquatable<TypeModel>
{
    private TypeModel? _pointer;
    private TypeModel? _byRef;
    private TypeModel? _array;
    private TypeModel? _pinned;
    private string? _display;

    internal TypeModel(MetadataContext context, TypeShape shape, string @namespace, string name)
    {
        Context = context;
        Shape = shape;
        Namespace = @namespace;
        Name = name;
        Id = context.NextTypeId();
    }

    /// <summary>Unique in the context, small, in the order of first use.</summary>
    public int Id { get; }

    public MetadataContext Context { get; }

    public TypeShape Shape { get; }

    /// <summary>The namespace; for nested types that of the outermost. Empty for made types.</summary>
    public string Namespace { get; }

    /// <summary>The metadata name: with <c>`1</c> for generic types, without declaring types.</summary>
    public string Name { get; }

    /// <summary>For <see cref="TypeShape.Primitive"/>: which one. For <see cref="TypeShape.Enum"/>: that of the integer.</summary>
    public PrimitiveTypeCode Primitive { get; internal init; }

    /// <summary>What is pointed to, referred to or listed; the integer of an enumeration.</summary>
    public TypeModel? Element { get; internal init; }

    /// <summary>Generic arguments, those of declaring types first.</summary>
    public TypeModel[] Arguments { get; internal init; } = [];

    /// <summary>For <see cref="TypeShape.GenericParameter"/>: its position, and whether it is a method's.</summary>
    public int ParameterIndex { get; internal init; }

    public bool IsMethodParameter { get; internal init; }

    /// <summary>Where it is defined; null for types that metadata does not define.</summary>
    public AssemblyModel? Assembly { get; internal init; }

    /// <summary>The assembly that should define it and is not there; null for all other types.</summary>
    public string? MissingAssembly { get; internal init; }

    /// <summary>The definition in <see cref="Assembly"/>.</summary>
    public TypeDefinitionHandle Handle { get; internal init; }

    public TypeModel? DeclaringType { get; internal init; }

    /// <summary>Namespace, declaring types and name as metadata has them: <c>Nectar.Probes.HashMap`2</c>, <c>A.Outer/Inner</c>.</summary>
    public string FullName => DeclaringType is { } outer ? $"{outer.FullName}/{Name}" : Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";

    /// <summary>The type as C# writes it, for people.</summary>
    public string DisplayName => _display ??= TypeNames.Display(this);

    public bool IsValueType => Shape is TypeShape.Struct or TypeShape.Enum || (Shape == TypeShape.Primitive && Primitive is not (PrimitiveTypeCode.String or PrimitiveTypeCode.Object or PrimitiveTypeCode.Void));

    public bool IsEnum => Shape == TypeShape.Enum;

    public bool IsVoid => Shape == TypeShape.Primitive && Primitive == PrimitiveTypeCode.Void;

    /// <summary>True for pointers and references.</summary>
    public bool IsAddress => Shape is TypeShape.Pointer or TypeShape.ByRef or TypeShape.FunctionPointer;

    /// <summary>True for integers, <c>bool</c>, <c>char</c>, <c>nint</c> and enumerations.</summary>
    public bool IsInteger => (Shape is TypeShape.Primitive or TypeShape.Enum)
        && (Primitive is (>= PrimitiveTypeCode.Boolean and <= PrimitiveTypeCode.UInt64) or PrimitiveTypeCode.IntPtr or PrimitiveTypeCode.UIntPtr);

    public bool IsFloat => Shape == TypeShape.Primitive && Primitive is (PrimitiveTypeCode.Single or PrimitiveTypeCode.Double);

    /// <summary>True if values of it are extended with the sign.</summary>
    public bool IsSigned => (Shape is TypeShape.Primitive or TypeShape.Enum)
        && Primitive is PrimitiveTypeCode.SByte or PrimitiveTypeCode.Int16 or PrimitiveTypeCode.Int32 or PrimitiveTypeCode.Int64 or PrimitiveTypeCode.IntPtr;

    /// <summary>True if a generic parameter is left anywhere in it.</summary>
    public bool IsOpen => Shape == TypeShape.GenericParameter || (Element?.IsOpen ?? false) || Array.Exists(Arguments, argument => argument.IsOpen);

    public TypeModel Pointer => _pointer ??= new TypeModel(Context, TypeShape.Pointer, "", "*") { Element = this };

    public TypeModel ByRef => _byRef ??= new TypeModel(Context, TypeShape.ByRef, "", "&") { Element = this };

    public TypeModel ArrayOf => _array ??= new TypeModel(Context, TypeShape.Array, "", "[]") { Element = this };

    /// <summary>The name in the framework of a primitive, of a type without substitute, or of what a substitute stands for; null for all other types.</summary>
    public string? FrameworkName => Shape == TypeShape.Primitive || (Shape == TypeShape.External && MissingAssembly is null) ? FullName
        : Namespace.StartsWith(MetadataContext.SubstituteNamespace, StringComparison.Ordinal) && Assembly is { IsLibrary: true } ? "System" + FullName[MetadataContext.SubstituteNamespace.Length..]
        : null;

    /// <summary>What a signature says of a pinned local: not a type, only a mark around one.</summary>
    internal TypeModel PinnedMarker => _pinned ??= new TypeModel(Context, TypeShape.ByRef, "", "pinned") { Element = this, IsPinnedMarker = true };

    internal bool IsPinnedMarker { get; private init; }

    /// <summary>True for a type with this metadata name, whatever its arguments: <c>Is("Nectar.Probes", "Ref`1")</c>.</summary>
    public bool Is(string @namespace, string name) => Name == name && Namespace == @namespace && DeclaringType is null;

    public bool Equals(TypeModel? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => Id;

    public override string ToString() => DisplayName;
}
