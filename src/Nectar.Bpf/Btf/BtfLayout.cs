// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>
/// How C would lay out a struct by itself, so that a printer knows what it must add: padding as unnamed bit-fields, or
/// <c>packed</c>. Alignments are those of the printed text, computed once for each type.
/// </summary>
internal sealed class BtfLayout(BtfTypes types)
{
    private const int PointerBytes = 8;
    private const byte Unknown = 0;
    private const byte Visiting = 255;

    private readonly byte[] _align = new byte[types.Count];
    private readonly byte[] _packed = new byte[types.Count]; // 0 unknown, 1 no, 2 yes

    /// <summary>The alignment in bytes that a type has as printed.</summary>
    internal int AlignOf(uint id)
    {
        byte known = _align[id];
        if (known == Visiting) return 1; // a struct inside itself: no such type can exist
        if (known != Unknown) return known;
        _align[id] = Visiting;
        BtfType type = types[id];
        int align = type.Kind switch
        {
            BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float => (int)Math.Clamp(System.Numerics.BitOperations.RoundUpToPowerOf2(type.Size), 1, 16),
            BtfKind.Pointer => PointerBytes,
            BtfKind.Array => AlignOf(type.ElementTypeId),
            BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Var => AlignOf(type.TypeId),
            BtfKind.Struct or BtfKind.Union => IsPacked(type) ? 1 : NaturalAlign(type),
            _ => 1,
        };
        _align[id] = (byte)align;
        return align;
    }

    /// <summary>True if the type needs <c>__attribute__((packed))</c> to have its offsets and size.</summary>
    internal bool IsPacked(BtfType type)
    {
        if (_packed[type.Id] != 0) return _packed[type.Id] == 2;
        bool packed = Decide(type);
        _packed[type.Id] = packed ? (byte)2 : (byte)1;
        return packed;
    }

    /// <summary>Where in bits a member would begin behind <paramref name="position"/> without padding.</summary>
    internal long NextPosition(long position, in (uint NameOffset, uint TypeId, uint BitOffset, int BitFieldSize) member, bool packed)
    {
        if (member.BitFieldSize != 0)
        {
            long unit = Math.Max(8, types.SizeOf(member.TypeId) * 8);
            return !packed && (position % unit) + member.BitFieldSize > unit ? RoundUp(position, unit) : position;
        }

        return RoundUp(position, packed ? 8 : AlignOf(member.TypeId) * 8L);
    }

    /// <summary>Where in bits a member ends.</summary>
    internal long EndOf(in (uint NameOffset, uint TypeId, uint BitOffset, int BitFieldSize) member) =>
        member.BitOffset + (member.BitFieldSize != 0 ? member.BitFieldSize : Math.Max(0, types.SizeOf(member.TypeId)) * 8);

    internal static long RoundUp(long position, long unit) => (position + unit - 1) / unit * unit;

    private int NaturalAlign(BtfType type)
    {
        int most = 1;
        for (int i = 0; i < type.Count; i++)
        {
            var member = type.MemberRaw(i);
            most = Math.Max(most, AlignOf(member.TypeId)); // named bit-fields count with their declared type
        }

        return most;
    }

    private bool Decide(BtfType type)
    {
        int align = NaturalAlign(type);
        if (type.Size % align != 0) return true;
        long position = 0;
        for (int i = 0; i < type.Count; i++)
        {
            var member = type.MemberRaw(i);
            if (member.BitFieldSize == 0 && member.BitOffset % (AlignOf(member.TypeId) * 8) != 0) return true;
            if (type.Kind == BtfKind.Union) continue;
            if (NextPosition(position, member, packed: false) > member.BitOffset) return true;
            if (member.BitFieldSize != 0 && NextPosition(member.BitOffset, member, packed: false) != member.BitOffset) return true;
            position = EndOf(member);
        }

        return RoundUp(position, align * 8L) > type.Size * 8L;
    }
}
