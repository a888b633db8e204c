// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Trace.Language.Syntax;

/// <summary>
/// Texts of scripts are UTF-8 in the programs, but escapes (<c>"\xff"</c>) may make bytes that are none: those are in strings as the lone
/// surrogates U+DC80 to U+DCFF. Whoever writes a text into a program uses <see cref="Encode"/>.
/// </summary>
internal static class ScriptText
{
    internal const int ByteBase = 0xdc00;

    private static bool IsByte(char c) => c is >= (char)0xdc80 and <= (char)0xdcff;

    private static bool IsByteAt(string text, int index) => IsByte(text[index]) && (index == 0 || !char.IsHighSurrogate(text[index - 1]));

    /// <summary>The bytes of a text, without a zero behind.</summary>
    public static byte[] Encode(string text)
    {
        List<byte>? bytes = null;
        int plain = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!IsByteAt(text, i)) continue;
            bytes ??= [];
            bytes.AddRange(Encoding.UTF8.GetBytes(text[plain..i]));
            bytes.Add((byte)(text[i] - ByteBase));
            plain = i + 1;
        }

        if (bytes is null) return Encoding.UTF8.GetBytes(text);
        bytes.AddRange(Encoding.UTF8.GetBytes(text[plain..]));
        return [.. bytes];
    }

    /// <summary>The text of bytes; the reverse of <see cref="Encode"/>.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done) text.Append(rune.ToString());
            else
            {
                foreach (byte b in bytes[..length]) text.Append((char)(ByteBase + b));
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>Bytes of escapes that together are a character become that character.</summary>
    internal static string Normalize(string text) => Decode(Encode(text));
}
