// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>Prints types one record after the other, in the words of <c>bpftool btf dump file FILE format raw</c>.</summary>
public static class BtfRawPrinter
{
    private static readonly string[] s_kinds =
    [
        "UNKNOWN", "INT", "PTR", "ARRAY", "STRUCT", "UNION", "ENUM", "FWD", "TYPEDEF", "VOLATILE", "CONST", "RESTRICT", "FUNC", "FUNC_PROTO",
        "VAR", "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64",
    ];

    /// <summary>Prints all types of a set; of a split set only its own.</summary>
    /// <param name="types">What to print.</param>
    /// <param name="stream">Where UTF-8 text goes.</param>
    public static void PrintAll(BtfTypes types, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(types);
        Utf8Output output = new(stream);
        for (uint id = Math.Max(1, types.FirstId); id < types.Count; id++) Print(types, types[id], output);
        output.Flush();
    }

    /// <summary>Prints one type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    public static void Print(BtfTypes types, uint id, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(types);
        Utf8Output output = new(stream);
        Print(types, types[id], output);
        output.Flush();
    }

    private static void Print(BtfTypes types, BtfType type, Utf8Output output)
    {
        output.Write((byte)'[');
        output.Write((ulong)type.Id);
        output.Write("] "u8);
        output.Write(System.Text.Encoding.ASCII.GetBytes(s_kinds[(int)type.Kind]));
        output.Write((byte)' ');
        Name(types, type.NameOffset, output);
        switch (type.Kind)
        {
            case BtfKind.Int:
                Field(" size="u8, type.Size, output);
                Field(" bits_offset="u8, type.IntBitOffset, output);
                Field(" nr_bits="u8, type.IntBits, output);
                output.Write(" encoding="u8);
                output.Write((byte)type.IntEncoding switch { 0 => "(none)"u8, 1 => "SIGNED"u8, 2 => "CHAR"u8, 4 => "BOOL"u8, _ => "UNKN"u8 });
                break;
            case BtfKind.Pointer or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.Typedef or BtfKind.TypeTag:
                Field(" type_id="u8, type.TypeId, output);
                break;
            case BtfKind.Array:
                Field(" type_id="u8, type.ElementTypeId, output);
                Field(" index_type_id="u8, type.IndexTypeId, output);
                Field(" nr_elems="u8, type.ElementCount, output);
                break;
            case BtfKind.Struct or BtfKind.Union:
                Sized(type, output);
                Members(types, type, output);
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                output.Write(type.KindFlag ? " encoding=SIGNED"u8 : " encoding=UNSIGNED"u8);
                Sized(type, output);
                Enumerators(types, type, output);
                break;
            case BtfKind.Forward:
                output.Write(type.KindFlag ? " fwd_kind=union"u8 : " fwd_kind=struct"u8);
                break;
            case BtfKind.Func:
                Field(" type_id="u8, type.TypeId, output);
                Linkage(" linkage="u8, type.Linkage, output);
                break;
            case BtfKind.FuncProto:
                Field(" ret_type_id="u8, type.TypeId, output);
                Field(" vlen="u8, type.Count, output);
                for (int i = 0; i < type.Count; i++)
                {
                    output.Write("\n\t"u8);
                    Name(types, type.Extra(i * 2), output);
                    Field(" type_id="u8, type.Extra((i * 2) + 1), output);
                }

                break;
            case BtfKind.Var:
                Field(" type_id="u8, type.TypeId, output);
                Linkage(", linkage="u8, type.Linkage, output);
                break;
            case BtfKind.DataSection:
                Sized(type, output);
                Variables(types, type, output);
                break;
            case BtfKind.Float:
                Field(" size="u8, type.Size, output);
                break;
            case BtfKind.DeclTag:
                Field(" type_id="u8, type.TypeId, output);
                Field(" component_idx="u8, type.ComponentIndex, output);
                break;
        }

        output.Write((byte)'\n');
    }

    private static void Members(BtfTypes types, BtfType type, Utf8Output output)
    {
        for (int i = 0; i < type.Count; i++)
        {
            var member = type.MemberRaw(i);
            output.Write("\n\t"u8);
            Name(types, member.NameOffset, output);
            Field(" type_id="u8, member.TypeId, output);
            Field(" bits_offset="u8, member.BitOffset, output);
            if (member.BitFieldSize != 0) Field(" bitfield_size="u8, member.BitFieldSize, output);
        }
    }

    private static void Enumerators(BtfTypes types, BtfType type, Utf8Output output)
    {
        for (int i = 0; i < type.Count; i++)
        {
            (uint name, long value) = type.EnumeratorRaw(i);
            output.Write("\n\t"u8);
            Name(types, name, output);
            output.Write(" val="u8);
            if (type.KindFlag) output.Write(value);
            else output.Write((ulong)value);
            if (type.Kind == BtfKind.Enum64) output.Write(type.KindFlag ? "LL"u8 : "ULL"u8);
        }
    }

    private static void Variables(BtfTypes types, BtfType type, Utf8Output output)
    {
        for (int i = 0; i < type.Count; i++)
        {
            BtfSectionVariable variable = type.Variable(i);
            BtfType what = types[variable.TypeId];
            Field("\n\ttype_id="u8, variable.TypeId, output);
            Field(" offset="u8, variable.Offset, output);
            Field(" size="u8, variable.Size, output);
            output.Write(what.Kind == BtfKind.Func ? " (FUNC "u8 : " (VAR "u8);
            Name(types, what.NameOffset, output);
            output.Write((byte)')');
        }
    }

    private static void Sized(BtfType type, Utf8Output output)
    {
        Field(" size="u8, type.Size, output);
        Field(" vlen="u8, type.Count, output);
    }

    private static void Linkage(ReadOnlySpan<byte> label, uint linkage, Utf8Output output)
    {
        output.Write(label);
        output.Write(linkage switch { 0 => "static"u8, 1 => "global"u8, 2 => "extern"u8, _ => "(unknown)"u8 });
    }

    private static void Field(ReadOnlySpan<byte> label, long value, Utf8Output output)
    {
        output.Write(label);
        output.Write(value);
    }

    private static void Name(BtfTypes types, uint offset, Utf8Output output)
    {
        output.Write((byte)'\'');
        output.Write(offset == 0 ? "(anon)"u8 : types.StringAt(offset));
        output.Write((byte)'\'');
    }
}
