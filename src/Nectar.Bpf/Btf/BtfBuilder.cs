// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Makes BTF: types are numbered in the order in which they are added, strings are kept once. A type may refer to one that
/// is added later: numbers are known beforehand from <see cref="NextId"/>, as cyclic structs need.
/// </summary>
public sealed class BtfBuilder
{
    private readonly List<uint> _words = [];
    private readonly List<int> _starts = [];
    private readonly Dictionary<string, uint> _strings = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly MemoryStream _stringBytes = new();
    private readonly BtfTypes? _base;
    private readonly uint _firstId;

    /// <summary>Starts an empty set.</summary>
    /// <param name="baseTypes">The set that this one is split from; null for a set of its own.</param>
    public BtfBuilder(BtfTypes? baseTypes = null)
    {
        _base = baseTypes;
        _firstId = baseTypes is null ? 1 : (uint)baseTypes.Count;
        _stringBytes.WriteByte(0);
    }

    /// <summary>The number that the next type will have.</summary>
    public uint NextId => _firstId + (uint)_starts.Count;

    /// <summary>Adds an integer.</summary>
    /// <param name="name">For example <c>unsigned int</c>.</param>
    /// <param name="size">1, 2, 4, 8 or 16 bytes.</param>
    /// <param name="encoding">Signed, character, truth value.</param>
    /// <param name="bits">Width; 0 for all bits of the size.</param>
    public uint AddInt(string name, int size, BtfIntEncoding encoding = BtfIntEncoding.None, int bits = 0)
    {
        if (size is not (1 or 2 or 4 or 8 or 16)) throw new ArgumentOutOfRangeException(nameof(size), $"an integer of {size} bytes: expected 1, 2, 4, 8 or 16");
        return Add(name, BtfKind.Int, 0, false, (uint)size, ((uint)encoding << 24) | (uint)(bits == 0 ? size * 8 : bits));
    }

    /// <summary>Adds a pointer.</summary>
    public uint AddPointer(uint type) => Add("", BtfKind.Pointer, 0, false, type);

    /// <summary>Adds const, volatile or restrict.</summary>
    public uint AddModifier(BtfKind kind, uint type) => kind is BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict
        ? Add("", kind, 0, false, type)
        : throw new ArgumentOutOfRangeException(nameof(kind), $"{kind} is no modifier");

    /// <summary>Adds a type tag (<c>btf_type_tag</c>).</summary>
    public uint AddTypeTag(string name, uint type) => Add(name, BtfKind.TypeTag, 0, false, type);

    /// <summary>Adds a tag of a declaration (<c>btf_decl_tag</c>).</summary>
    /// <param name="name">The tag's text.</param>
    /// <param name="type">What is tagged.</param>
    /// <param name="component">The member or parameter; -1 for the whole.</param>
    public uint AddDeclTag(string name, uint type, int component = -1) => Add(name, BtfKind.DeclTag, 0, false, type, (uint)component);

    /// <summary>Adds a typedef.</summary>
    public uint AddTypedef(string name, uint type) => Add(name, BtfKind.Typedef, 0, false, type);

    /// <summary>Adds an array.</summary>
    /// <param name="element">The type of elements.</param>
    /// <param name="index">An integer type.</param>
    /// <param name="count">Elements.</param>
    public uint AddArray(uint element, uint index, uint count) => Add("", BtfKind.Array, 0, false, 0, element, index, count);

    /// <summary>Adds a struct or union.</summary>
    /// <param name="kind">Struct or union.</param>
    /// <param name="name">Its name; empty for an anonymous one.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="members">At most 65,535; bit-fields are told by their width.</param>
    public uint AddComposite(BtfKind kind, string name, uint size, ReadOnlySpan<BtfMember> members)
    {
        if (kind is not (BtfKind.Struct or BtfKind.Union)) throw new ArgumentOutOfRangeException(nameof(kind), $"{kind} has no members");
        bool bitFields = false;
        foreach (BtfMember member in members) bitFields |= member.BitFieldSize != 0;
        uint id = Begin(name, kind, members.Length, bitFields, size);
        foreach (BtfMember member in members)
        {
            _words.Add(String(member.Name));
            _words.Add(member.TypeId);
            _words.Add(bitFields ? member.BitOffset | ((uint)member.BitFieldSize << 24) : member.BitOffset);
        }

        return id;
    }

    /// <summary>Adds an enumeration of up to 32 bits.</summary>
    public uint AddEnum(string name, uint size, bool signed, ReadOnlySpan<BtfEnumerator> values)
    {
        uint id = Begin(name, BtfKind.Enum, values.Length, signed, size);
        foreach (BtfEnumerator value in values)
        {
            _words.Add(String(value.Name));
            _words.Add((uint)value.Value);
        }

        return id;
    }

    /// <summary>Adds an enumeration with 64-bit values.</summary>
    public uint AddEnum64(string name, uint size, bool signed, ReadOnlySpan<BtfEnumerator> values)
    {
        uint id = Begin(name, BtfKind.Enum64, values.Length, signed, size);
        foreach (BtfEnumerator value in values)
        {
            _words.Add(String(value.Name));
            _words.Add((uint)value.Value);
            _words.Add((uint)(value.Value >> 32));
        }

        return id;
    }

    /// <summary>Adds a forward declaration.</summary>
    public uint AddForward(string name, bool isUnion) => Add(name, BtfKind.Forward, 0, isUnion, 0);

    /// <summary>Adds a function's prototype.</summary>
    public uint AddFuncProto(uint result, ReadOnlySpan<BtfParameter> parameters)
    {
        uint id = Begin("", BtfKind.FuncProto, parameters.Length, false, result);
        foreach (BtfParameter parameter in parameters)
        {
            _words.Add(String(parameter.Name));
            _words.Add(parameter.TypeId);
        }

        return id;
    }

    /// <summary>Adds a function.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="prototype">Its FUNC_PROTO.</param>
    /// <param name="linkage">0 static, 1 global, 2 extern.</param>
    public uint AddFunc(string name, uint prototype, uint linkage) => Add(name, BtfKind.Func, (int)linkage, false, prototype);

    /// <summary>Adds a variable.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="linkage">0 static, 1 global, 2 extern.</param>
    public uint AddVar(string name, uint type, uint linkage) => Add(name, BtfKind.Var, 0, false, type, linkage);

    /// <summary>Adds the variables of a section.</summary>
    public uint AddDataSection(string name, uint size, ReadOnlySpan<BtfSectionVariable> variables)
    {
        uint id = Begin(name, BtfKind.DataSection, variables.Length, false, size);
        foreach (BtfSectionVariable variable in variables)
        {
            _words.Add(variable.TypeId);
            _words.Add(variable.Offset);
            _words.Add(variable.Size);
        }

        return id;
    }

    /// <summary>Adds a floating-point type.</summary>
    public uint AddFloat(string name, uint size) => Add(name, BtfKind.Float, 0, false, size);

    /// <summary>
    /// Adds all types of another set in their order, so that type n of it becomes type n - 1 + the returned number.
    /// </summary>
    public uint AddAll(BtfTypes types)
    {
        ArgumentNullException.ThrowIfNull(types);
        uint first = NextId;
        for (uint id = 1; id < types.Count; id++) AddCopy(types[id], old => old == 0 ? 0 : first + old - 1);
        return first;
    }

    /// <summary>Adds a copy of a type of another set.</summary>
    /// <param name="type">What to copy.</param>
    /// <param name="map">Gives the number here of a type there.</param>
    public uint AddCopy(BtfType type, Func<uint, uint> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        bool refers = type.Kind is BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Func
            or BtfKind.FuncProto or BtfKind.Var or BtfKind.DeclTag or BtfKind.TypeTag;
        uint id = Begin(type.Name, type.Kind, type.Count, type.KindFlag, refers ? map(type.TypeId) : type.Size);
        switch (type.Kind)
        {
            case BtfKind.Int or BtfKind.Var or BtfKind.DeclTag:
                _words.Add(type.Extra(0));
                break;
            case BtfKind.Array:
                _words.Add(map(type.ElementTypeId));
                _words.Add(map(type.IndexTypeId));
                _words.Add(type.ElementCount);
                break;
            case BtfKind.Struct or BtfKind.Union:
                for (int i = 0; i < type.Count; i++)
                {
                    _words.Add(CopyString(type.Owner, type.Extra(i * 3)));
                    _words.Add(map(type.Extra((i * 3) + 1)));
                    _words.Add(type.Extra((i * 3) + 2));
                }

                break;
            case BtfKind.Enum or BtfKind.Enum64:
                int size = type.Kind == BtfKind.Enum ? 2 : 3;
                for (int i = 0; i < type.Count; i++)
                {
                    _words.Add(CopyString(type.Owner, type.Extra(i * size)));
                    for (int word = 1; word < size; word++) _words.Add(type.Extra((i * size) + word));
                }

                break;
            case BtfKind.FuncProto:
                for (int i = 0; i < type.Count; i++)
                {
                    _words.Add(CopyString(type.Owner, type.Extra(i * 2)));
                    _words.Add(map(type.Extra((i * 2) + 1)));
                }

                break;
            case BtfKind.DataSection:
                for (int i = 0; i < type.Count; i++)
                {
                    _words.Add(map(type.Extra(i * 3)));
                    _words.Add(type.Extra((i * 3) + 1));
                    _words.Add(type.Extra((i * 3) + 2));
                }

                break;
        }

        return id;
    }

    /// <summary>The offset of a string, which is added if it is new; for <c>.BTF.ext</c>.</summary>
    public uint String(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_strings.TryGetValue(text, out uint offset)) return offset;
        offset = (uint)_stringBytes.Length + (_base?.StringSize ?? 0);
        _stringBytes.Write(Encoding.UTF8.GetBytes(text));
        _stringBytes.WriteByte(0);
        _strings.Add(text, offset);
        return offset;
    }

    /// <summary>The set as bytes, little-endian: a <c>.BTF</c> section.</summary>
    public byte[] ToArray()
    {
        const int header = 24;
        int typeLength = _words.Count * 4, stringLength = (int)_stringBytes.Length;
        byte[] bytes = new byte[header + typeLength + stringLength];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, 0xeb9f);
        bytes[2] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), header);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), typeLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), typeLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), stringLength);
        for (int i = 0; i < _words.Count; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(header + (i * 4)), _words[i]);
        _stringBytes.GetBuffer().AsSpan(0, stringLength).CopyTo(bytes.AsSpan(header + typeLength));
        return bytes;
    }

    /// <summary>The set, checked like one that was read.</summary>
    /// <exception cref="Diagnostics.ObjectFormatException">A type refers to one that was never added.</exception>
    public BtfTypes Build() => BtfTypes.Parse(ToArray(), _base);

    private uint CopyString(BtfTypes owner, uint offset) => offset == 0 ? 0 : String(owner.StringText(offset));

    private uint Add(string name, BtfKind kind, int count, bool flag, uint third, params ReadOnlySpan<uint> extra)
    {
        uint id = Begin(name, kind, count, flag, third);
        foreach (uint word in extra) _words.Add(word);
        return id;
    }

    private uint Begin(string name, BtfKind kind, int count, bool flag, uint third)
    {
        if (count > ushort.MaxValue) throw new ArgumentException($"{kind} '{name}' has {count} items, BTF allows 65,535");
        uint id = NextId;
        _starts.Add(_words.Count);
        _words.Add(String(name));
        _words.Add(((uint)kind << 24) | (uint)count | (flag ? 1u << 31 : 0));
        _words.Add(third);
        return id;
    }
}
