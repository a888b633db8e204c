// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>A field of a closed type.</summary>
internal sealed class FieldModel
{
    private readonly FieldDefinition _definition;
    private TypeModel? _type;
    private AttributeModel[]? _attributes;

    internal FieldModel(TypeModel declaringType, FieldDefinitionHandle handle)
    {
        DeclaringType = declaringType;
        Handle = handle;
        _definition = declaringType.Assembly!.Reader.GetFieldDefinition(handle);
        Name = declaringType.Assembly.Reader.GetString(_definition.Name);
    }

    public TypeModel DeclaringType { get; }

    public FieldDefinitionHandle Handle { get; }

    public string Name { get; }

    public TypeModel Type => _type ??= _definition.DecodeSignature(DeclaringType.Assembly!.Signatures, DeclaringType.GenericContext);

    public bool IsStatic => (_definition.Attributes & FieldAttributes.Static) != 0;

    /// <summary>A <c>const</c>: it has a value and no memory.</summary>
    public bool IsConstant => (_definition.Attributes & FieldAttributes.Literal) != 0;

    public bool IsReadOnly => (_definition.Attributes & FieldAttributes.InitOnly) != 0;

    public bool IsPublic => (_definition.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public;

    /// <summary>Offset in bytes in a value of the declaring type.</summary>
    public int Offset => DeclaringType.Layout.OffsetOf(this);

    /// <summary>The offset that <c>[FieldOffset]</c> gives; -1 without one.</summary>
    internal int DeclaredOffset => _definition.GetOffset();

    /// <summary>The bytes that a static field of the compiler's (<c>&lt;PrivateImplementationDetails&gt;</c>) is mapped to; empty for others.</summary>
    public ReadOnlySpan<byte> MappedData => (_definition.Attributes & FieldAttributes.HasFieldRVA) == 0 ? [] : DeclaringType.Assembly!.MappedData(_definition.GetRelativeVirtualAddress(), Type.Size);

    /// <summary>The value of a constant, null if it is none or the null constant.</summary>
    public object? ConstantValue => IsConstant ? DeclaringType.Assembly!.ReadConstant(_definition.GetDefaultValue()) : null;

    public AttributeModel[] Attributes => _attributes ??= AttributeModel.ReadAll(DeclaringType.Assembly!, _definition.GetCustomAttributes());

    public AttributeModel? Attribute(string @namespace, string name) => AttributeModel.Find(Attributes, @namespace, name);

    public override string ToString() => $"{DeclaringType.DisplayName}.{Name}";
}
