// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Shows bytes as the value of a type: structs by member, enumerations by name, characters as text, pointers in
/// hexadecimal, members named like addresses as addresses. Bytes that are missing are said to be missing.
/// </summary>
public static class BtfValueFormatter
{
    private const int MaxDepth = 32;

    /// <summary>The value on one line, for example <c>{state: RUNNING, name: "sh"}</c>.</summary>
    /// <param name="types">Where the type is found.</param>
    /// <param name="typeId">The type; 0 shows the bytes in hexadecimal.</param>
    /// <param name="bytes">The value in this machine's byte order.</param>
    public static string ToText(BtfTypes? types, uint typeId, ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        Write(types, typeId, bytes, new BtfTextSink(text));
        return text.ToString();
    }

    /// <summary>Writes the value as JSON.</summary>
    public static void WriteJson(BtfTypes? types, uint typeId, ReadOnlySpan<byte> bytes, Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        Write(types, typeId, bytes, new BtfJsonSink(json));
    }

    private static void Write(BtfTypes? types, uint typeId, ReadOnlySpan<byte> bytes, BtfValueSink sink)
    {
        if (types is null || typeId == 0) sink.Word(Convert.ToHexStringLower(bytes));
        else Write(types, typeId, bytes, "", sink, 0);
    }

    private static void Write(BtfTypes types, uint typeId, ReadOnlySpan<byte> bytes, string name, BtfValueSink sink, int depth)
    {
        if (--sink.Remaining < 0)
        {
            sink.Word("<too many values>");
            return;
        }

        BtfType type = types[types.Resolve(typeId)];
        long size = types.SizeOf(type.Id);
        if (depth > MaxDepth || size < 0 || size > bytes.Length)
        {
            sink.Word($"<{(size < 0 ? "?" : size.ToString(CultureInfo.InvariantCulture))} bytes, {bytes.Length} here>");
            return;
        }

        bytes = bytes[..(int)size];
        switch (type.Kind)
        {
            case BtfKind.Int:
                WriteInt(types, typeId, type, bytes, name, sink);
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                WriteEnum(type, ReadNumber(bytes), sink);
                break;
            case BtfKind.Pointer:
                sink.Word($"0x{ReadNumber(bytes):x}");
                break;
            case BtfKind.Float:
                if (size is 4 or 8) sink.Number(size == 4 ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes));
                else sink.Word(Convert.ToHexStringLower(bytes));
                break;
            case BtfKind.Array:
                WriteArray(types, type, bytes, name, sink, depth);
                break;
            case BtfKind.Struct or BtfKind.Union:
                sink.BeginObject();
                WriteMembers(types, type, bytes, sink, depth);
                sink.EndObject();
                break;
            case BtfKind.DataSection:
                sink.BeginObject();
                for (int i = 0; i < type.Count; i++)
                {
                    BtfSectionVariable variable = type.Variable(i);
                    if (variable.Offset > bytes.Length) continue;
                    sink.Name(types[variable.TypeId].Name);
                    Write(types, types[variable.TypeId].TypeId, bytes[(int)variable.Offset..], types[variable.TypeId].Name, sink, depth + 1);
                }

                sink.EndObject();
                break;
            default:
                sink.Word(Convert.ToHexStringLower(bytes));
                break;
        }
    }

    private static void WriteMembers(BtfTypes types, BtfType type, ReadOnlySpan<byte> bytes, BtfValueSink sink, int depth)
    {
        for (int i = 0; i < type.Count && --sink.Remaining >= 0; i++)
        {
            BtfMember member = type.Member(i);
            if (member.BitOffset / 8 > (uint)bytes.Length) continue;
            if (member.Name.Length == 0 && member.BitFieldSize == 0 && types[types.Resolve(member.TypeId)] is { IsComposite: true } inner)
            {
                // what an anonymous struct holds belongs to the struct around it
                if (depth < MaxDepth) WriteMembers(types, inner, bytes[(int)(member.BitOffset / 8)..], sink, depth + 1);
                continue;
            }

            if (member.Name.Length == 0) continue;
            sink.Name(member.Name);
            if (member.BitFieldSize == 0) Write(types, member.TypeId, bytes[(int)(member.BitOffset / 8)..], member.Name, sink, depth + 1);
            else WriteBitField(types[types.Resolve(member.TypeId)], member, bytes, sink);
        }
    }

    private static void WriteBitField(BtfType type, BtfMember member, ReadOnlySpan<byte> bytes, BtfValueSink sink)
    {
        int first = (int)(member.BitOffset / 8), last = (int)((member.BitOffset + (uint)member.BitFieldSize + 7) / 8);
        if (member.BitFieldSize > 64 || last > bytes.Length)
        {
            sink.Word($"<{member.BitFieldSize} bits>");
            return;
        }

        UInt128 window = 0;
        for (int i = last - 1; i >= first; i--) window = (window << 8) | bytes[i];
        ulong value = (ulong)(window >> (int)(member.BitOffset % 8)) & (member.BitFieldSize == 64 ? ulong.MaxValue : (1UL << member.BitFieldSize) - 1);
        if (type.IsEnum) WriteEnum(type, value, sink);
        else if (type.Kind == BtfKind.Int && (type.IntEncoding & BtfIntEncoding.Bool) != 0) sink.Bool(value != 0);
        else if (type.Kind == BtfKind.Int && (type.IntEncoding & BtfIntEncoding.Signed) != 0) sink.Number((long)(value << (64 - member.BitFieldSize)) >> (64 - member.BitFieldSize));
        else sink.Number(value);
    }

    private static void WriteInt(BtfTypes types, uint typeId, BtfType type, ReadOnlySpan<byte> bytes, string name, BtfValueSink sink)
    {
        if (bytes.Length > 8)
        {
            sink.Word("0x" + Convert.ToHexStringLower(Reverse(bytes)));
            return;
        }

        ulong value = ReadNumber(bytes);
        if ((type.IntEncoding & BtfIntEncoding.Bool) != 0) sink.Bool(value != 0);
        else if (bytes.Length == 4 && IsAddress(name) && types[types.SkipModifiers(typeId)].Name == "__be32") sink.Word(new IPAddress(bytes).ToString());
        else if ((type.IntEncoding & BtfIntEncoding.Signed) == 0) sink.Number(value);
        else sink.Number((long)(value << (64 - (bytes.Length * 8))) >> (64 - (bytes.Length * 8)));
    }

    private static void WriteEnum(BtfType type, ulong value, BtfValueSink sink)
    {
        int unused = 64 - (int)Math.Min(64, type.Size * 8);
        long signed = type.KindFlag ? (long)(value << unused) >> unused : (long)value;
        for (int i = 0; i < type.Count; i++)
        {
            BtfEnumerator enumerator = type.Enumerator(i);
            if (enumerator.Value != signed) continue;
            sink.Word(enumerator.Name);
            return;
        }

        sink.Number(signed);
    }

    private static void WriteArray(BtfTypes types, BtfType type, ReadOnlySpan<byte> bytes, string name, BtfValueSink sink, int depth)
    {
        BtfType element = types[types.Resolve(type.ElementTypeId)];
        if (element.Kind == BtfKind.Int && element.Size == 1)
        {
            if (IsAddress(name) && bytes.Length is (4 or 16)) { sink.Word(new IPAddress(bytes).ToString()); return; }
            if (IsMac(name) && bytes.Length == 6) { sink.Word(string.Join(':', bytes.ToArray().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)))); return; }
            bool isChar = types[types.SkipModifiers(type.ElementTypeId)].NameUtf8.SequenceEqual("char"u8) || (element.IntEncoding & BtfIntEncoding.Char) != 0;
            if (isChar && TryText(bytes, out string text)) { sink.Text(text); return; }
        }

        long size = Math.Max(1, types.SizeOf(type.ElementTypeId));
        sink.BeginArray();
        for (uint i = 0; i < type.ElementCount && (i + 1) * size <= bytes.Length && sink.Remaining >= 0; i++)
            Write(types, type.ElementTypeId, bytes[(int)(i * size)..], "", sink, depth + 1);
        sink.EndArray();
    }

    private static bool TryText(ReadOnlySpan<byte> bytes, out string text)
    {
        int end = bytes.IndexOf((byte)0);
        ReadOnlySpan<byte> used = end < 0 ? bytes : bytes[..end];
        text = "";
        foreach (byte c in used)
        {
            if (c < 32 && c is not ((byte)'\t' or (byte)'\n' or (byte)'\r')) return false;
        }

        if (!System.Text.Unicode.Utf8.IsValid(used)) return false;
        text = Encoding.UTF8.GetString(used);
        return true;
    }

    private static bool IsAddress(string name) => name.Contains("addr", StringComparison.OrdinalIgnoreCase) && !IsMac(name);

    private static bool IsMac(string name) => name.Contains("mac", StringComparison.OrdinalIgnoreCase) || name is "h_dest" or "h_source";

    private static byte[] Reverse(ReadOnlySpan<byte> bytes)
    {
        byte[] reversed = bytes.ToArray();
        Array.Reverse(reversed);
        return reversed;
    }

    private static ulong ReadNumber(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = Math.Min(8, bytes.Length) - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }
}
