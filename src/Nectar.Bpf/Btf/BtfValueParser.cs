// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Reads the value of a type from text. C's designated initialisers (<c>{.pid = 1, .comm = "sh"}</c>), JSON (<c>{"pid": 1}</c>) and what
/// <see cref="BtfValueFormatter"/> prints (<c>{pid: 1}</c>) are one language to it. What is not named is zero.
/// </summary>
public static class BtfValueParser
{
    private const int MaxDepth = 32;
    private const long MaxSize = 1 << 26;

    /// <summary>Reads a value.</summary>
    /// <param name="types">Where the type is found.</param>
    /// <param name="typeId">The type.</param>
    /// <param name="text">The text.</param>
    /// <param name="value">The value in this machine's byte order; as long as the type.</param>
    /// <param name="problem">What does not fit, with the position in the text.</param>
    public static bool TryParse(BtfTypes types, uint typeId, string text, [NotNullWhen(true)] out byte[]? value, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(types);
        ArgumentNullException.ThrowIfNull(text);
        (value, problem) = (null, null);
        long size = types.SizeOf(typeId);
        if (size is < 0 or > MaxSize)
        {
            problem = $"type [{typeId}] has no size that a value could have";
            return false;
        }

        byte[] bytes = new byte[size];
        BtfTextReader reader = new(text);
        try
        {
            Read(types, typeId, bytes, reader, 0);
            reader.ExpectEnd();
            value = bytes;
            return true;
        }
        catch (FormatException unfit)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"{unfit.Message} (at character {reader.Start + 1} of '{text}')");
            return false;
        }
    }

    private static void Read(BtfTypes types, uint typeId, Span<byte> target, BtfTextReader reader, int depth)
    {
        if (depth > MaxDepth) throw new FormatException("values are nested too deep");
        BtfType type = types[types.Resolve(typeId)];
        long size = types.SizeOf(type.Id);
        if (size < 0 || size > target.Length) throw new FormatException($"{BtfScalarText.Describe(type)} does not fit its place");
        target = target[..(int)size];
        switch (type.Kind)
        {
            case BtfKind.Array:
                ReadArray(types, type, target, reader, depth);
                break;
            case BtfKind.Struct or BtfKind.Union:
                ReadMembers(types, type, target, reader, depth);
                break;
            case BtfKind.DataSection:
                ReadVariables(types, type, target, reader, depth);
                break;
            default:
                BtfScalarText.Read(type, reader.Word(BtfScalarText.Describe(type)), target);
                break;
        }
    }

    private static void ReadMembers(BtfTypes types, BtfType type, Span<byte> target, BtfTextReader reader, int depth)
    {
        reader.Open('{');
        for (int position = 0; !reader.Take('}'); reader.Separator('}'))
        {
            BtfMember member;
            long offset;
            if (reader.TryName(out string name))
            {
                if (!TryFind(types, type, name, 0, 0, out member, out offset)) throw new FormatException($"{BtfScalarText.Describe(type)} has no member '{name}'; it has {string.Join(", ", Names(types, type, 0))}");
                position = int.MaxValue;
            }
            else
            {
                if (position >= (type.Kind == BtfKind.Union ? 1 : type.Count)) throw new FormatException(position == int.MaxValue ? "expected a member's name, as before" : $"{BtfScalarText.Describe(type)} has no more members");
                member = type.Member(position++);
                offset = member.BitOffset;
            }

            if (offset / 8 > target.Length) throw new FormatException($"member '{member.Name}' lies outside of {BtfScalarText.Describe(type)}");
            if (member.BitFieldSize == 0) Read(types, member.TypeId, target[(int)(offset / 8)..], reader, depth + 1);
            else WriteBits(types[types.Resolve(member.TypeId)], member.BitFieldSize, offset, target, reader);
        }
    }

    private static void ReadVariables(BtfTypes types, BtfType type, Span<byte> target, BtfTextReader reader, int depth)
    {
        reader.Open('{');
        for (; !reader.Take('}'); reader.Separator('}'))
        {
            if (!reader.TryName(out string name)) throw new FormatException("expected a variable's name");
            int i = 0;
            while (i < type.Count && types[type.Variable(i).TypeId].Name != name) i++;
            if (i == type.Count || type.Variable(i).Offset > target.Length) throw new FormatException($"there is no variable '{name}'");
            Read(types, types[type.Variable(i).TypeId].TypeId, target[(int)type.Variable(i).Offset..], reader, depth + 1);
        }
    }

    private static void ReadArray(BtfTypes types, BtfType type, Span<byte> target, BtfTextReader reader, int depth)
    {
        BtfType element = types[types.Resolve(type.ElementTypeId)];
        char end = reader.Peek('{') ? '}' : ']';
        if (element.Kind == BtfKind.Int && element.Size == 1 && !reader.Peek('[') && !reader.Peek('{'))
        {
            bool isQuoted = reader.Peek('"');
            string word = isQuoted ? reader.Text() : reader.Word("a string, an address or a list");
            if (BtfScalarText.TryAddress(word, target)) return;
            if (!isQuoted) throw new FormatException($"expected a string in quotes, a list, or an address of {target.Length} bytes");
            if (Encoding.UTF8.GetByteCount(word) > target.Length) throw new FormatException($"the string has {Encoding.UTF8.GetByteCount(word)} bytes, the array {target.Length}");
            Encoding.UTF8.GetBytes(word, target);
            return;
        }

        long size = types.SizeOf(type.ElementTypeId);
        reader.Open(end == '}' ? '{' : '[');
        for (uint i = 0; !reader.Take(end); i++, reader.Separator(end))
        {
            if (i >= type.ElementCount) throw new FormatException($"the array has {type.ElementCount} elements, not more");
            Read(types, type.ElementTypeId, target[(int)(i * size)..], reader, depth + 1);
        }
    }

    /// <summary>Finds a member by name, also in anonymous structs and unions, whose members belong to the type around them.</summary>
    private static bool TryFind(BtfTypes types, BtfType type, string name, long start, int depth, out BtfMember member, out long offset)
    {
        for (int i = 0; i < type.Count; i++)
        {
            member = type.Member(i);
            offset = start + member.BitOffset;
            if (member.Name == name) return true;
            if (member.Name.Length == 0 && member.BitFieldSize == 0 && depth < MaxDepth && types[types.Resolve(member.TypeId)] is { IsComposite: true } inner
                && TryFind(types, inner, name, offset, depth + 1, out member, out offset)) return true;
        }

        (member, offset) = (default, 0);
        return false;
    }

    private static IEnumerable<string> Names(BtfTypes types, BtfType type, int depth)
    {
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            if (member.Name.Length > 0) yield return member.Name;
            else if (depth < MaxDepth && types[types.Resolve(member.TypeId)] is { IsComposite: true } inner)
            {
                foreach (string name in Names(types, inner, depth + 1)) yield return name;
            }
        }
    }

    private static void WriteBits(BtfType type, int bits, long offset, Span<byte> target, BtfTextReader reader)
    {
        Span<byte> wide = stackalloc byte[8];
        if (bits > 64 || type.Size > 8 || (offset + bits + 7) / 8 > target.Length) throw new FormatException($"a field of {bits} bits cannot be written");
        BtfScalarText.Read(type, reader.Word($"a number of {bits} bits"), wide[..(int)type.Size]);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(wide);
        int unused = 64 - bits;
        bool isSigned = type.Kind == BtfKind.Int ? (type.IntEncoding & BtfIntEncoding.Signed) != 0 : type.KindFlag;
        int above = 64 - ((int)type.Size * 8);
        long whole = isSigned ? (long)(value << above) >> above : (long)value;
        long kept = isSigned ? whole << unused >> unused : (long)((ulong)whole << unused >> unused);
        if (kept != whole) throw new FormatException($"the number needs more than {bits} bits");
        for (int i = 0; i < bits; i++)
        {
            int at = (int)(offset + i);
            byte mask = (byte)(1 << (at % 8));
            target[at / 8] = (byte)(((value >> i) & 1) != 0 ? target[at / 8] | mask : target[at / 8] & ~mask);
        }
    }
}
