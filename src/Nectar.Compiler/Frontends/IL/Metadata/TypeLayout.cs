// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>
/// Sizes and offsets as the CLR lays out blittable types on 64-bit machines (ECMA-335 II.10.1 and II.22.8; what <c>sizeof</c> and
/// <c>Unsafe.ByteOffset</c> say): sequential with packing, explicit, fixed buffers, inline arrays. References are pointers of 8 bytes.
/// </summary>
internal sealed class TypeLayout
{
    private const int MaxDepth = 64;

    private readonly Dictionary<string, int> _offsets = new(StringComparer.Ordinal);

    /// <summary>Bytes; at least 1.</summary>
    public int Size { get; private set; }

    /// <summary>1, 2, 4, 8 or 16.</summary>
    public int Alignment { get; private set; } = 1;

    public int OffsetOf(FieldModel field) => _offsets[field.Name];

    internal static TypeLayout Of(TypeModel type, int depth)
    {
        TypeLayout layout = new();
        switch (type.Shape)
        {
            case TypeShape.Primitive:
                layout.Size = layout.Alignment = SizeOf(type.Primitive);
                break;
            case TypeShape.Enum:
                layout.Size = layout.Alignment = SizeOf(type.Primitive);
                break;
            case TypeShape.Struct:
                layout.AddFields(type, depth);
                break;
            case TypeShape.GenericParameter:
                throw new InvalidOperationException($"the layout of the open type {type} was asked for");
            default:
                layout.Size = layout.Alignment = 8;
                break;
        }

        return layout;
    }

    /// <summary>Bytes of a primitive type.</summary>
    public static int SizeOf(PrimitiveTypeCode code) => code switch
    {
        PrimitiveTypeCode.Boolean or PrimitiveTypeCode.SByte or PrimitiveTypeCode.Byte => 1,
        PrimitiveTypeCode.Char or PrimitiveTypeCode.Int16 or PrimitiveTypeCode.UInt16 => 2,
        PrimitiveTypeCode.Int32 or PrimitiveTypeCode.UInt32 or PrimitiveTypeCode.Single => 4,
        PrimitiveTypeCode.Void => 1, // what pointer arithmetic on void* counts in
        _ => 8,
    };

    private void AddFields(TypeModel type, int depth)
    {
        if (depth > MaxDepth) throw new CompileException([Diagnostic.Error(ProbeCodes.BadLayout, $"'{type.DisplayName}' is nested more than {MaxDepth} structs deep, or in itself")]);
        System.Reflection.Metadata.TypeLayout declared = type.Assembly!.Reader.GetTypeDefinition(type.Handle).GetLayout();
        bool isExplicit = type.HasExplicitLayout;
        int packing = declared.PackingSize == 0 ? int.MaxValue : declared.PackingSize;
        long end = 0;
        foreach (FieldModel field in type.Fields)
        {
            if (field.IsStatic) continue;
            TypeLayout inner = field.Type.LayoutAt(depth + 1);
            int alignment = Math.Min(inner.Alignment, packing);
            long offset = isExplicit ? Math.Max(0, field.DeclaredOffset) : (end + alignment - 1) & -alignment;
            if (offset + inner.Size > int.MaxValue) throw TooLarge(type);
            _offsets[field.Name] = (int)offset;
            end = Math.Max(end, offset + inner.Size);
            Alignment = Math.Max(Alignment, alignment);
        }

        if (type.InlineArrayLength is > 0 and int length)
        {
            end *= length;
        }
        else if (declared.Size != 0)
        {
            end = Math.Max(end, declared.Size); // a given size is not rounded
        }
        else
        {
            end = (end + Alignment - 1) & -Alignment;
        }

        if (end > int.MaxValue) throw TooLarge(type);
        Size = Math.Max(1, (int)end);
    }

    private static CompileException TooLarge(TypeModel type) => new([Diagnostic.Error(ProbeCodes.BadLayout, $"'{type.DisplayName}' has more than 2 GiB", "help: keep what is large in a map, whose elements have up to some hundred KiB")]);
}
