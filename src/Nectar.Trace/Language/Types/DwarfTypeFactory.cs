// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Dwarf;

namespace Nectar.Trace.Language.Types;

/// <summary>Makes types of the language from a program's debug information; each struct and enum once.</summary>
internal sealed class DwarfTypeFactory(DwarfInfo info)
{
    private const int MostDepth = 64;

    private readonly Dictionary<DwarfType, StructType> _structs = new(ReferenceEqualityComparer.Instance);

    public DwarfInfo Info => info;

    /// <summary>A type by the name that C has for it: <c>struct x</c>, <c>union x</c>, <c>enum x</c>, a typedef; null if the file does not define it.</summary>
    public TraceType? Find(string name)
    {
        DwarfTypeKind? kind = name switch
        {
            _ when name.StartsWith("struct ", StringComparison.Ordinal) => DwarfTypeKind.Struct,
            _ when name.StartsWith("union ", StringComparison.Ordinal) => DwarfTypeKind.Union,
            _ when name.StartsWith("enum ", StringComparison.Ordinal) => DwarfTypeKind.Enum,
            _ => null,
        };
        DwarfType? type = info.FindType(kind is null ? name : name[(name.IndexOf(' ') + 1)..]);
        return type is null || (kind is { } wanted && type.Kind != wanted) ? null : Make(type) is { IsNone: false } made ? made : null;
    }

    /// <summary>The type; <see cref="TraceType.None"/> for what the language has not (floating point, what is only declared).</summary>
    public TraceType Make(DwarfType type) => Make(type, null, 0);

    private TraceType Make(DwarfType type, string? alias, int depth)
    {
        if (depth > MostDepth) return TraceType.None;
        switch (type.Kind)
        {
            case DwarfTypeKind.Void:
                return TraceType.Void;
            case DwarfTypeKind.SignedInteger or DwarfTypeKind.UnsignedInteger or DwarfTypeKind.Character:
                return type.Size is 1 or 2 or 4 or 8 ? TraceType.Integer((int)type.Size, type.Kind == DwarfTypeKind.SignedInteger || (type.Kind == DwarfTypeKind.Character && type.IsSigned)) : TraceType.None;
            case DwarfTypeKind.Boolean:
                return TraceType.Boolean;
            case DwarfTypeKind.Pointer or DwarfTypeKind.Reference:
                TraceType pointee = type.Target!.Kind == DwarfTypeKind.Function ? TraceType.Void : Make(type.Target, null, depth + 1);
                return TraceType.Pointer(pointee.IsNone ? TraceType.Void : pointee);
            case DwarfTypeKind.Struct or DwarfTypeKind.Union:
                return TraceType.Of(Struct(type, alias));
            case DwarfTypeKind.Enum:
                return Enum(type, alias);
            case DwarfTypeKind.Array:
                return Array(type, depth);
            case DwarfTypeKind.Typedef:
                return Make(type.Target!, type.Name, depth + 1);
            case DwarfTypeKind.Qualified:
                return Make(type.Target!, alias, depth + 1);
            default:
                return TraceType.None;
        }
    }

    private TraceType Array(DwarfType type, int depth)
    {
        TraceType element = Make(type.Target!, null, depth + 1);
        if (element.IsNone) return element;
        IReadOnlyList<ulong> counts = type.Dimensions;
        if (counts.Any(c => c > int.MaxValue / (ulong)Math.Max(1, element.Size))) return TraceType.None;
        bool isText = type.Target!.Underlying() is { Kind: DwarfTypeKind.Character, Size: 1 };
        for (int i = counts.Count - 1; i >= 0; i--)
        {
            element = isText && i == counts.Count - 1 ? TraceType.String((int)counts[i]) : TraceType.Array(element, (int)counts[i]);
        }

        return element;
    }

    private static TraceType Enum(DwarfType type, string? alias)
    {
        Dictionary<long, string> names = [];
        foreach ((string name, long value) in type.Enumerators) names.TryAdd(value, name);
        return TraceType.Integer(type.Size is 1 or 2 or 8 ? (int)type.Size : 4, names.Keys.Any(v => v < 0), new EnumType(type.Name ?? alias ?? "", names));
    }

    private StructType Struct(DwarfType type, string? alias)
    {
        if (_structs.TryGetValue(type, out StructType? known)) return known;
        string word = type.Kind == DwarfTypeKind.Union ? "union " : "struct ";
        StructType made = new(type.Name is { } name ? word + name : alias ?? word, (int)Math.Min(type.Size, int.MaxValue), _ => Fields(type));
        _structs.Add(type, made);
        return made;
    }

    private List<StructField> Fields(DwarfType type)
    {
        List<StructField> fields = [];
        foreach (DwarfMember member in type.Members)
        {
            TraceType of = Make(member.Type);
            if (member.BitSize == 0)
            {
                fields.Add(new StructField(member.Name ?? "", of, (int)member.Offset));
                continue;
            }

            int first = (int)(member.BitOffset / 8), last = (int)((member.BitOffset + (uint)member.BitSize - 1) / 8), bytes = 1;
            while (first / bytes != last / bytes && bytes < 8) bytes *= 2;
            int offset = first / bytes * bytes;
            fields.Add(new StructField(member.Name ?? "", of, offset) { Bits = new BitField(offset, bytes, (int)member.BitOffset - (offset * 8), member.BitSize) });
        }

        return fields;
    }
}
