// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Trace.Language.Types;

/// <summary>Makes types of the language from one set of kernel types; each struct and enum once.</summary>
internal sealed class BtfTypeFactory(BtfTypes types)
{
    private readonly Dictionary<uint, StructType> _structs = [];
    private readonly Dictionary<uint, EnumType> _enums = [];

    public BtfTypes Types => types;

    /// <summary>The type of a number; <see cref="TraceType.None"/> for what has no size (functions, declarations without definition).</summary>
    public TraceType Make(uint id)
    {
        string? alias = null;
        for (int depth = 0; depth < 64; depth++)
        {
            BtfType type = types[id];
            if (type.Kind == BtfKind.Typedef) alias = type.Name;
            else if (!type.IsModifier && type.Kind is not (BtfKind.Var or BtfKind.DeclTag)) return Make(type, alias);
            id = type.TypeId;
        }

        return TraceType.None;
    }

    private TraceType Make(BtfType type, string? alias)
    {
        switch (type.Kind)
        {
            case BtfKind.Void:
                return TraceType.Void;
            case BtfKind.Int:
                return (type.IntEncoding & BtfIntEncoding.Bool) != 0 ? TraceType.Boolean : TraceType.Integer((int)Math.Min(type.Size, 8), (type.IntEncoding & BtfIntEncoding.Signed) != 0);
            case BtfKind.Enum or BtfKind.Enum64:
                return TraceType.Integer((int)type.Size, type.NameOffset == 0 && alias is null && type.KindFlag, Enum(type, alias));
            case BtfKind.Struct or BtfKind.Union:
                return TraceType.Of(Struct(type, alias));
            case BtfKind.Forward:
                return TraceType.Of(new StructType((type.KindFlag ? "union " : "struct ") + type.Name, 0, static _ => []));
            case BtfKind.Pointer:
                TraceType pointee = Make(type.TypeId);
                return TraceType.Pointer(pointee.IsNone ? TraceType.Void : pointee);
            case BtfKind.Array:
                TraceType element = Make(type.ElementTypeId);
                if (element.IsNone) return TraceType.None;
                // a char array holds text, as people expect; other bytes are numbers
                return IsCharacter(type.ElementTypeId) ? TraceType.String((int)type.ElementCount) : TraceType.Array(element, (int)type.ElementCount);
            default:
                return TraceType.None;
        }
    }

    /// <summary>The struct or union of a number.</summary>
    public StructType Struct(BtfType type, string? alias = null)
    {
        if (_structs.TryGetValue(type.Id, out StructType? known)) return known;
        string word = type.Kind == BtfKind.Union ? "union " : "struct ";
        string name = type.NameOffset != 0 ? word + type.Name : alias ?? word;
        uint id = type.Id;
        StructType made = new(name, (int)type.Size, _ => Fields(types[id])) { BtfTypeId = id };
        _structs.Add(id, made);
        return made;
    }

    private List<StructField> Fields(BtfType type)
    {
        List<StructField> fields = new(type.Count);
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            TraceType of = Make(member.TypeId);
            fields.Add(member.BitFieldSize > 0
                ? Bits(member, of, i)
                : new StructField(member.Name, of, (int)(member.BitOffset / 8)) { MemberIndex = i });
        }

        return fields;
    }

    /// <summary>The least aligned bytes that hold the bits, so that no read goes over the struct's end.</summary>
    private static StructField Bits(BtfMember member, TraceType of, int index)
    {
        int first = (int)(member.BitOffset / 8), last = (int)((member.BitOffset + (uint)member.BitFieldSize - 1) / 8), bytes = 1;
        while (first / bytes != last / bytes && bytes < 8) bytes *= 2;
        int offset = first / bytes * bytes;
        // bits are read as they are, without sign, as bpftrace reads them
        return new StructField(member.Name, of is { IsInteger: true, Enum: null } ? of with { IsSigned = false } : of, offset)
        {
            MemberIndex = index, Bits = new BitField(offset, bytes, (int)member.BitOffset - (offset * 8), member.BitFieldSize),
        };
    }

    public EnumType Enum(BtfType type, string? alias = null)
    {
        if (_enums.TryGetValue(type.Id, out EnumType? known)) return known;
        Dictionary<long, string> names = new(type.Count);
        for (int i = 0; i < type.Count; i++)
        {
            BtfEnumerator enumerator = type.Enumerator(i);
            names.TryAdd(enumerator.Value, enumerator.Name);
        }

        EnumType made = new(type.NameOffset != 0 ? type.Name : alias ?? "", names);
        _enums.Add(type.Id, made);
        return made;
    }

    private bool IsCharacter(uint id)
    {
        BtfType type = types[types.SkipModifiers(id)];
        return type.Kind == BtfKind.Int && type.Size == 1 && type.NameUtf8.SequenceEqual("char"u8);
    }
}
