// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Nectar.Bpf.Btf;

/// <summary>Numbers, enumerators, truth values, characters and addresses from words.</summary>
internal static class BtfScalarText
{
    /// <summary>Writes the value of a word. <paramref name="target"/> has the type's size.</summary>
    internal static void Read(BtfType type, string word, Span<byte> target)
    {
        switch (type.Kind)
        {
            case BtfKind.Enum or BtfKind.Enum64:
                WriteEnum(type, word, target);
                break;
            case BtfKind.Int when word is "true" or "false":
                target[0] = word == "true" ? (byte)1 : (byte)0;
                break;
            case BtfKind.Int when word.Length == 3 && word[0] == '\'' && word[2] == '\'' && word[1] < 128:
                target[0] = (byte)word[1];
                break;
            case BtfKind.Int when target.Length is 4 or 16 && TryAddress(word, target):
                break; // as it lies in a packet
            case BtfKind.Int:
                WriteNumber(word, (type.IntEncoding & BtfIntEncoding.Signed) != 0, target);
                break;
            case BtfKind.Pointer:
                WriteNumber(word, false, target);
                break;
            case BtfKind.Float when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number):
                if (target.Length == 4) BinaryPrimitives.WriteSingleLittleEndian(target, (float)number);
                else if (target.Length == 8) BinaryPrimitives.WriteDoubleLittleEndian(target, number);
                else throw new FormatException($"numbers of {target.Length} bytes with a fraction cannot be written");
                break;
            default:
                throw new FormatException($"'{word}' is no value of {Describe(type)}");
        }
    }

    /// <summary>An IP or MAC address of exactly as many bytes as there are, in the order of the wire.</summary>
    internal static bool TryAddress(string word, Span<byte> target)
    {
        if (target.Length == 6 && word.Contains(':', StringComparison.Ordinal) && PhysicalAddress.TryParse(word, out PhysicalAddress? mac) && mac.GetAddressBytes().Length == 6)
        {
            mac.GetAddressBytes().CopyTo(target);
            return true;
        }

        if (!word.AsSpan().ContainsAny('.', ':') || !IPAddress.TryParse(word, out IPAddress? address)) return false;
        if (target.Length != (address.AddressFamily == AddressFamily.InterNetwork ? 4 : 16)) return false;
        return address.TryWriteBytes(target, out _);
    }

    internal static string Describe(BtfType type) => type.Kind switch
    {
        BtfKind.Struct => $"struct {type.Name}".TrimEnd(),
        BtfKind.Union => $"union {type.Name}".TrimEnd(),
        BtfKind.Enum or BtfKind.Enum64 => $"enum {type.Name}".TrimEnd(),
        BtfKind.Int or BtfKind.Float => $"a value of type {type.Name}",
        BtfKind.Pointer => "a pointer",
        _ => $"a {type.Kind}",
    };

    private static void WriteEnum(BtfType type, string word, Span<byte> target)
    {
        for (int i = 0; i < type.Count; i++)
        {
            BtfEnumerator enumerator = type.Enumerator(i);
            if (enumerator.Name != word) continue;
            Span<byte> wide = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(wide, enumerator.Value);
            wide[..target.Length].CopyTo(target);
            return;
        }

        if (word.Length > 0 && !char.IsAsciiDigit(word[0]) && word[0] != '-')
        {
            string names = string.Join(", ", Enumerable.Range(0, Math.Min(8, type.Count)).Select(i => type.Enumerator(i).Name));
            throw new FormatException($"{Describe(type)} has no '{word}'; it has {names}{(type.Count > 8 ? ", …" : "")}");
        }

        WriteNumber(word, type.KindFlag, target);
    }

    private static void WriteNumber(string word, bool isSigned, Span<byte> target)
    {
        bool isNegative = word.StartsWith('-');
        ReadOnlySpan<char> digits = word.AsSpan(isNegative ? 1 : 0);
        bool isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!UInt128.TryParse(isHex ? digits[2..] : digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out UInt128 size))
        {
            throw new FormatException($"'{word}' is no number");
        }

        // Bits above the type: none may be set. Hexadecimal numbers are patterns, so that 0xff is good for a signed byte.
        int bits = target.Length * 8;
        UInt128 most = bits >= 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
        UInt128 limit = isNegative ? (isSigned ? (most >> 1) + 1 : 0) : isSigned && !isHex ? most >> 1 : most;
        if (size > limit) throw new FormatException($"{word} does not fit {(isSigned ? "a signed" : "an unsigned")} number of {bits} bits");
        Span<byte> wide = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(wide, isNegative ? UInt128.Zero - size : size);
        wide[..Math.Min(16, target.Length)].CopyTo(target);
    }
}
