// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;

namespace Nectar.Compiler.Frontends.IL.Types;

/// <summary>
/// Makes BTF of C# types, each once: structs with C identifiers as names, inline arrays and fixed buffers as arrays, structs of the kernel by the
/// kernel's names. Pointers in structs stop at a forward declaration, so that one field of a kernel struct does not drag in hundreds of types.
/// </summary>
internal sealed class BtfTypeMapper(BtfBuilder builder)
{
    private readonly Dictionary<TypeModel, uint> _types = [];
    private readonly Dictionary<TypeModel, uint> _pointers = [];
    private readonly Dictionary<(string Name, bool IsUnion), uint> _forwards = [];
    private readonly Dictionary<(PrimitiveTypeCode Code, bool IsText), uint> _integers = [];
    private readonly Dictionary<TypeModel, FieldModel[]> _members = [];
    private uint _voidPointer;

    public BtfBuilder Builder => builder;

    /// <summary>The index of arrays.</summary>
    public uint Int => Integer(PrimitiveTypeCode.Int32);

    public uint VoidPointer => _voidPointer != 0 ? _voidPointer : _voidPointer = builder.AddPointer(0);

    /// <summary>The number of a type; 0 for <c>void</c>.</summary>
    public uint Of(TypeModel type)
    {
        if (type.IsVoid) return 0;
        if (_types.TryGetValue(type, out uint id)) return id;
        id = type.Shape switch
        {
            TypeShape.Primitive => Integer(type.Primitive),
            TypeShape.Enum => Enumeration(type),
            TypeShape.Struct => Composite(type),
            TypeShape.Pointer or TypeShape.ByRef => PointerTo(type.Element!),
            _ => VoidPointer,
        };
        _types[type] = id;
        return id;
    }

    /// <summary>A pointer to the whole type, as parameters have it.</summary>
    public uint PointerTo(TypeModel type)
    {
        if (type.IsVoid || type.HasReferences) return VoidPointer;
        if (!_pointers.TryGetValue(type, out uint id)) _pointers.Add(type, id = builder.AddPointer(Of(type)));
        return id;
    }

    /// <summary>The kernel's name of a struct or enumeration: that of its attribute, or its own.</summary>
    public static string NameOf(TypeModel type) => type.Attribute(ProbeNames.Namespace, ProbeNames.KernelType) is { } attribute
        ? attribute.Text(0) ?? type.Name
        : TypeNames.Identifier(type);

    /// <summary>The position of a field among the members of its struct, as access strings count.</summary>
    public int MemberIndex(FieldModel field) => Array.IndexOf(Members(field.DeclaringType), field);

    /// <summary>The position of an enumerator by its value; -1 if there is none.</summary>
    public static int EnumeratorIndex(TypeModel type, long value)
    {
        int index = 0;
        foreach (FieldModel field in type.Fields)
        {
            if (!field.IsConstant) continue;
            if (Number(field.ConstantValue) == value) return index;
            index++;
        }

        return -1;
    }

    internal static long Number(object? constant) => constant switch
    {
        ulong number => (long)number,
        null => 0,
        IConvertible number => number.ToInt64(System.Globalization.CultureInfo.InvariantCulture),
        _ => 0,
    };

    /// <summary>Fields in the order of their offsets, as BTF demands.</summary>
    private FieldModel[] Members(TypeModel type)
    {
        if (_members.TryGetValue(type, out FieldModel[]? members)) return members;
        return _members[type] = type.HasExplicitLayout ? [.. type.InstanceFields.OrderBy(member => member.Offset)] : [.. type.InstanceFields];
    }

    private uint Integer(PrimitiveTypeCode code)
    {
        if (_integers.TryGetValue((code, false), out uint id)) return id;
        id = code switch
        {
            PrimitiveTypeCode.Boolean => builder.AddInt("_Bool", 1, BtfIntEncoding.Bool),
            PrimitiveTypeCode.Char => builder.AddInt("char16_t", 2),
            PrimitiveTypeCode.SByte => builder.AddInt("signed char", 1, BtfIntEncoding.Signed),
            PrimitiveTypeCode.Byte => builder.AddInt("unsigned char", 1),
            PrimitiveTypeCode.Int16 => builder.AddInt("short", 2, BtfIntEncoding.Signed),
            PrimitiveTypeCode.UInt16 => builder.AddInt("unsigned short", 2),
            PrimitiveTypeCode.Int32 => builder.AddInt("int", 4, BtfIntEncoding.Signed),
            PrimitiveTypeCode.UInt32 => builder.AddInt("unsigned int", 4),
            PrimitiveTypeCode.Int64 => builder.AddInt("long long", 8, BtfIntEncoding.Signed),
            PrimitiveTypeCode.UInt64 => builder.AddInt("unsigned long long", 8),
            PrimitiveTypeCode.IntPtr => builder.AddInt("long", 8, BtfIntEncoding.Signed),
            PrimitiveTypeCode.UIntPtr => builder.AddInt("unsigned long", 8),
            PrimitiveTypeCode.Single => builder.AddFloat("float", 4),
            PrimitiveTypeCode.Double => builder.AddFloat("double", 8),
            _ => VoidPointer,
        };
        _integers.Add((code, false), id);
        return id;
    }

    private uint Enumeration(TypeModel type)
    {
        BtfEnumerator[] values = [.. type.Fields.Where(value => value.IsConstant).Select(value => new BtfEnumerator(MemberName(value), Number(value.ConstantValue)))];
        if (values.Length == 0) return Of(type.Element!);
        uint size = (uint)type.Size;
        return size == 8 ? builder.AddEnum64(NameOf(type), size, type.IsSigned, values) : builder.AddEnum(NameOf(type), size, type.IsSigned, values);
    }

    private uint Composite(TypeModel type)
    {
        if (type.TryGetArray(out TypeModel element, out int length)) return builder.AddArray(ElementOf(type, element), Int, (uint)length);
        FieldModel[] fields = Members(type);
        bool isKernel = type.Attribute(ProbeNames.Namespace, ProbeNames.KernelType) is { } attribute;
        bool isUnion = isKernel ? IsUnion(type) : fields.Length > 1 && fields.All(member => member.Offset == 0);
        BtfMember[] members = new BtfMember[fields.Length];
        for (int i = 0; i < fields.Length; i++) members[i] = new BtfMember(MemberName(fields[i]), MemberType(fields[i].Type), (uint)fields[i].Offset * 8, isKernel ? KernelAccess.BitsOf(fields[i]) : 0);
        return builder.AddComposite(isUnion ? BtfKind.Union : BtfKind.Struct, NameOf(type), (uint)type.Size, members);
    }

    /// <summary>Bytes of a type that says how it reads as text are characters; an <c>nint</c> in an array is a pointer, which C# lets no array have otherwise.</summary>
    private uint ElementOf(TypeModel array, TypeModel element)
    {
        if (element.Shape != TypeShape.Primitive) return Of(element);
        if (element.Primitive == PrimitiveTypeCode.IntPtr) return VoidPointer;
        if (element.Primitive != PrimitiveTypeCode.Byte || !array.Methods.Any(method => method.Name == "ToString")) return Of(element);
        if (!_integers.TryGetValue((PrimitiveTypeCode.Byte, true), out uint id)) _integers.Add((PrimitiveTypeCode.Byte, true), id = builder.AddInt("char", 1, BtfIntEncoding.Signed));
        return id;
    }

    private static bool IsUnion(TypeModel type) => type.Attribute(ProbeNames.Namespace, ProbeNames.KernelType)?.Number("IsUnion") == 1;

    private uint MemberType(TypeModel type)
    {
        if (!type.IsAddress) return Of(type);
        TypeModel? target = type.Element;
        if (target is null || target.IsVoid || target.HasReferences) return VoidPointer;
        if (target.Shape != TypeShape.Struct) return target.IsAddress ? VoidPointer : PointerTo(target);
        if (target.TryGetArray(out _, out _)) return VoidPointer;
        (string, bool) key = (NameOf(target), IsUnion(target));
        if (!_forwards.TryGetValue(key, out uint id)) _forwards.Add(key, id = builder.AddPointer(builder.AddForward(key.Item1, key.Item2)));
        return id;
    }

    private static string MemberName(FieldModel field) => field.Attribute(ProbeNames.Namespace, ProbeNames.KernelName)?.Text(0) is { } given ? given
        : field.Name[0] == '<' ? MemberNames.OfField(field.Name) : MemberNames.Identifier(field.Name);
}
