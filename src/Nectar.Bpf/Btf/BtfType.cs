// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>A view of one type: nothing is copied until it is asked for. The default value is <c>void</c> of no set.</summary>
public readonly struct BtfType
{
    private readonly BtfTypes _owner;
    private readonly int _offset;

    internal BtfType(BtfTypes owner, uint id, int offset)
    {
        _owner = owner;
        Id = id;
        _offset = offset;
    }

    /// <summary>The type's number in its set.</summary>
    public uint Id { get; }

    /// <summary>The set that the type was read from; for a type of a base set, that base.</summary>
    public BtfTypes Owner => _owner;

    /// <summary>What kind of type it is.</summary>
    public BtfKind Kind => Id == 0 ? BtfKind.Void : (BtfKind)((Info >> 24) & 127);

    /// <summary>Members, values, parameters or variables that follow.</summary>
    public int Count => Id == 0 ? 0 : (int)(Info & 0xffffff);

    /// <summary>Signed (enumerations), union (forward declarations), bit-fields present (structs), attribute (tags).</summary>
    public bool KindFlag => Id != 0 && Info >> 31 != 0;

    /// <summary>Offset of the name in the string section.</summary>
    public uint NameOffset => Id == 0 ? 0 : _owner.Word(_offset);

    /// <summary>The name; empty if it has none.</summary>
    public string Name => Id == 0 ? "" : Encoding.UTF8.GetString(NameUtf8);

    /// <summary>The name without making a string.</summary>
    public ReadOnlySpan<byte> NameUtf8 => Id == 0 ? default : _owner.StringAt(NameOffset);

    /// <summary>Size in bytes of INT, STRUCT, UNION, ENUM, DATASEC, FLOAT and ENUM64; meaningless for others.</summary>
    public uint Size => Id == 0 ? 0 : _owner.Word(_offset + 8);

    /// <summary>The type referred to by pointers, modifiers, typedefs, functions (their prototype), prototypes (their result), variables and tags; 0 for others.</summary>
    public uint TypeId => ((BtfReader.RefersToType >> (int)Kind) & 1) != 0 ? _owner.Word(_offset + 8) : 0; // a size must never pass for a type

    /// <summary>True for const, volatile, restrict and type tags.</summary>
    public bool IsModifier => Kind is BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag;

    /// <summary>True for struct and union.</summary>
    public bool IsComposite => Kind is BtfKind.Struct or BtfKind.Union;

    /// <summary>True for both sizes of enumeration.</summary>
    public bool IsEnum => Kind is BtfKind.Enum or BtfKind.Enum64;

    /// <summary>INT: signed, character or truth value.</summary>
    public BtfIntEncoding IntEncoding => (BtfIntEncoding)((ExtraOf(BtfKind.Int, 0) >> 24) & 15);

    /// <summary>INT: offset in bits of the value in its storage.</summary>
    public int IntBitOffset => (int)((ExtraOf(BtfKind.Int, 0) >> 16) & 0xff);

    /// <summary>INT: width in bits.</summary>
    public int IntBits => (int)(ExtraOf(BtfKind.Int, 0) & 0xff);

    /// <summary>ARRAY: the type of elements.</summary>
    public uint ElementTypeId => ExtraOf(BtfKind.Array, 0);

    /// <summary>ARRAY: the type of the index.</summary>
    public uint IndexTypeId => ExtraOf(BtfKind.Array, 1);

    /// <summary>ARRAY: elements.</summary>
    public uint ElementCount => ExtraOf(BtfKind.Array, 2);

    /// <summary>VAR and FUNC: 0 static, 1 global, 2 extern.</summary>
    public uint Linkage => Kind == BtfKind.Func ? Info & 0xffffff : ExtraOf(BtfKind.Var, 0);

    /// <summary>DECL_TAG: the member or parameter that is tagged; -1 for the type itself.</summary>
    public int ComponentIndex => Kind == BtfKind.DeclTag ? (int)Extra(0) : -1;

    private uint Info => _owner.Word(_offset + 4);

    /// <summary>A member of a struct or union.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public BtfMember Member(int index)
    {
        (uint name, uint type, uint offset, int bits) = MemberRaw(index);
        return new BtfMember(_owner.StringText(name), type, offset, bits);
    }

    /// <summary>A value of an enumeration of either size.</summary>
    public BtfEnumerator Enumerator(int index)
    {
        (uint name, long value) = EnumeratorRaw(index);
        return new BtfEnumerator(_owner.StringText(name), value);
    }

    /// <summary>A parameter of a prototype.</summary>
    public BtfParameter Parameter(int index) => new(_owner.StringText(Item(index, 2, 0)), Item(index, 2, 1));

    /// <summary>A variable of a DATASEC.</summary>
    public BtfSectionVariable Variable(int index) => new(Item(index, 3, 0), Item(index, 3, 1), Item(index, 3, 2));

    /// <summary>A member with its name as an offset in the string section: for code that must not make strings.</summary>
    internal (uint NameOffset, uint TypeId, uint BitOffset, int BitFieldSize) MemberRaw(int index)
    {
        uint offset = Item(index, 3, 2);
        return KindFlag
            ? (Item(index, 3, 0), Item(index, 3, 1), offset & 0xffffff, (int)(offset >> 24))
            : (Item(index, 3, 0), Item(index, 3, 1), offset, 0);
    }

    /// <summary>An enumeration's value with its name as an offset in the string section.</summary>
    internal (uint NameOffset, long Value) EnumeratorRaw(int index) => Kind == BtfKind.Enum64
        ? (Item(index, 3, 0), (long)(Item(index, 3, 1) | ((ulong)Item(index, 3, 2) << 32)))
        : (Item(index, 2, 0), KindFlag ? (int)Item(index, 2, 1) : Item(index, 2, 1));

    /// <summary>Where the record begins in its set's bytes.</summary>
    internal int RecordOffset => _offset;

    /// <summary>A word of the kind-specific data behind the common header.</summary>
    internal uint Extra(int word) => _owner.Word(_offset + 12 + (word * 4));

    /// <inheritdoc/>
    public override string ToString() => $"[{Id}] {Kind} '{Name}'";

    /// <summary>Like <see cref="Extra"/>, but 0 for a type of another kind, whose record may end before that word.</summary>
    private uint ExtraOf(BtfKind kind, int word) => Kind == kind ? Extra(word) : 0;

    private uint Item(int index, int words, int word)
    {
        if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index));
        return Extra((index * words) + word);
    }
}
