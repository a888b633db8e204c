// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>What values of a type are in memory.</summary>
internal sealed partial class TypeModel
{
    private TypeLayout? _layout;
    private int _inlineArrayLength = -1;
    private bool? _hasReferences;

    public TypeLayout Layout => LayoutAt(0);

    /// <summary>Bytes of a value; 8 for references to classes.</summary>
    public int Size => Layout.Size;

    public int Alignment => Layout.Alignment;

    /// <summary>The number of elements of an <c>[InlineArray]</c> struct; 0 for other types.</summary>
    public int InlineArrayLength
    {
        get
        {
            if (_inlineArrayLength < 0)
                _inlineArrayLength = Shape == TypeShape.Struct ? (int)(Attribute("System.Runtime.CompilerServices", "InlineArrayAttribute")?.Number(0) ?? 0) : 0;
            return _inlineArrayLength;
        }
    }

    /// <summary>The element and the length if the type is an <c>[InlineArray]</c> struct, the nested struct of a <c>fixed</c> buffer, or plain bytes of a given size.</summary>
    public bool TryGetArray(out TypeModel element, out int length)
    {
        element = this;
        length = 0;
        if (Shape != TypeShape.Struct) return false;
        FieldModel? only = null;
        foreach (FieldModel field in Fields)
        {
            if (field.IsStatic) continue;
            if (only is not null) return false;
            only = field;
        }

        if (only is null) return false;
        if (InlineArrayLength > 0) (element, length) = (only.Type, InlineArrayLength);
        else if (only.Name == "FixedElementField") (element, length) = (only.Type, Size / only.Type.Size);
        return length > 0;
    }

    /// <summary>True if a value holds references to objects, which a kernel has no heap for.</summary>
    public bool HasReferences
    {
        get
        {
            if (_hasReferences is { } known) return known;
            _hasReferences = false; // a struct cannot hold itself, but hostile metadata may say so
            bool found = Shape switch
            {
                TypeShape.Class or TypeShape.Interface or TypeShape.Array or TypeShape.External => true,
                TypeShape.Primitive => Primitive is System.Reflection.Metadata.PrimitiveTypeCode.String or System.Reflection.Metadata.PrimitiveTypeCode.Object,
                TypeShape.Struct => Fields.Any(part => !part.IsStatic && part.Type.HasReferences),
                _ => false,
            };
            _hasReferences = found;
            return found;
        }
    }

    internal bool HasExplicitLayout => Assembly is not null && (Assembly.Reader.GetTypeDefinition(Handle).Attributes & TypeAttributes.LayoutMask) == TypeAttributes.ExplicitLayout;

    internal TypeLayout LayoutAt(int depth) => _layout ??= TypeLayout.Of(this, depth);
}
