// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Types;

/// <summary>Questions to the running kernel's types (CO-RE) about declarations in C#.</summary>
internal static class KernelAccess
{
    /// <summary>True if the layout of a type is that of the running kernel, to be looked up, not that of C#.</summary>
    public static bool IsKernelType(TypeModel type) => type.Attribute(ProbeNames.Namespace, ProbeNames.KernelType) is not null;

    /// <summary>Bits of a field that is a bit-field in the kernel; 0 for others.</summary>
    public static int BitsOf(FieldModel field)
    {
        if (field.Attribute(ProbeNames.Namespace, ProbeNames.BitField) is not { } attribute) return 0;
        return field.Type.Shape is TypeShape.Primitive or TypeShape.Enum && attribute.Number(0) is >= 1 and long bits && bits <= field.Type.Size * 8 ? (int)bits : -1;
    }

    /// <summary>A field of a kernel struct, seen from that struct.</summary>
    public static CoreAccess Field(BtfTypeMapper types, FieldModel field, CoreRelocationKind kind = CoreRelocationKind.FieldByteOffset) => new(
        types.Of(field.DeclaringType), $"0:{types.MemberIndex(field).ToString(CultureInfo.InvariantCulture)}", kind, LocalValue(kind, field.Offset, field.Type),
        $"{BtfTypeMapper.NameOf(field.DeclaringType)}.{field.Name}");

    /// <summary>A field of a struct that is itself a field: one question for both, <c>file.f_path</c> and <c>dentry</c> become <c>file.f_path.dentry</c>.</summary>
    public static CoreAccess Inner(BtfTypeMapper types, CoreAccess outer, FieldModel field, CoreRelocationKind kind = CoreRelocationKind.FieldByteOffset) => new(
        outer.TypeId, $"{outer.Access}:{types.MemberIndex(field).ToString(CultureInfo.InvariantCulture)}", kind,
        kind == CoreRelocationKind.FieldByteOffset ? outer.LocalValue + field.Offset : LocalValue(kind, field.Offset, field.Type), $"{outer.Text}.{field.Name}");

    /// <summary>The same place, another question: <c>FieldExists</c> of what would have been read.</summary>
    public static CoreAccess Ask(CoreAccess access, CoreRelocationKind kind, TypeModel fieldType) => access with { Kind = kind, LocalValue = LocalValue(kind, 0, fieldType) };

    /// <summary>A type as a whole: whether it exists, its size.</summary>
    public static CoreAccess Type(BtfTypeMapper types, TypeModel type, CoreRelocationKind kind) =>
        new(types.Of(type), "0", kind, LocalValue(kind, 0, type), BtfTypeMapper.NameOf(type));

    /// <summary>An enumerator by its value in C#; null if the enumeration has no such value.</summary>
    public static CoreAccess? Enumerator(BtfTypeMapper types, TypeModel type, long value, CoreRelocationKind kind)
    {
        int index = BtfTypeMapper.EnumeratorIndex(type, value);
        if (index < 0) return null;
        return new CoreAccess(types.Of(type), index.ToString(CultureInfo.InvariantCulture), kind, kind == CoreRelocationKind.EnumValue ? value : 1, $"{BtfTypeMapper.NameOf(type)}.{value}");
    }

    private static long LocalValue(CoreRelocationKind kind, int offset, TypeModel type) => kind switch
    {
        CoreRelocationKind.FieldByteOffset => offset,
        CoreRelocationKind.FieldByteSize or CoreRelocationKind.TypeSize => type.Size,
        CoreRelocationKind.FieldSigned => type.IsSigned ? 1 : 0,
        _ => 1,
    };
}
