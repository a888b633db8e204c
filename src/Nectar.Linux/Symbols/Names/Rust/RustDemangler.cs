// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Linux.Symbols.Names.Rust;

/// <summary>
/// Rust names: the legacy mangling (<c>_ZN…17h&lt;hash&gt;E</c>), whose hash is left out as rustfilt does, and v0 (<c>_R…</c>, RFC 2603).
/// </summary>
internal static class RustDemangler
{
    private const int HashLength = 16;

    private static readonly Dictionary<string, string> s_escapes = new()
    {
        ["SP"] = "@",
        ["BP"] = "*",
        ["RF"] = "&",
        ["LT"] = "<",
        ["GT"] = ">",
        ["LP"] = "(",
        ["RP"] = ")",
        ["C"] = ",",
    };

    /// <summary>The readable name; null if it is no Rust name.</summary>
    internal static string? TryDemangle(string name)
    {
        if (name.StartsWith("_R", StringComparison.Ordinal)) return new RustV0Reader(name).Demangle();
        return name.StartsWith("_ZN", StringComparison.Ordinal) ? Legacy(name) : null;
    }

    /// <summary>What follows a name: LLVM's marks of copies are dropped, as they say nothing; others are shown.</summary>
    internal static string? Suffix(string rest)
    {
        if (rest.Length == 0 || rest.StartsWith(".llvm.", StringComparison.Ordinal)) return "";
        return rest[0] == '.' ? $" ({rest})" : null;
    }

    private static string? Legacy(string name)
    {
        StringBuilder text = new();
        int at = 3;
        while (at < name.Length && char.IsAsciiDigit(name[at]))
        {
            int length = 0;
            for (; at < name.Length && char.IsAsciiDigit(name[at]) && length < name.Length; at++) length = (length * 10) + (name[at] - '0');
            if (length == 0 || length > name.Length - at) return null;
            ReadOnlySpan<char> part = name.AsSpan(at, length);
            at += length;
            if (at < name.Length && name[at] == 'E')
            {
                bool isHash = length == HashLength + 1 && part[0] == 'h' && !part[1..].ContainsAnyExcept("0123456789abcdef") && text.Length > 0;
                return isHash && Suffix(name[(at + 1)..]) is { } suffix ? text.Append(suffix).ToString() : null;
            }

            if (text.Length > 0) text.Append("::");
            if (!Unescape(part, text)) return null;
        }

        return null;
    }

    private static bool Unescape(ReadOnlySpan<char> part, StringBuilder text)
    {
        if (part.StartsWith("_$")) part = part[1..]; // identifiers may not start with $
        while (!part.IsEmpty)
        {
            if (part[0] == '.')
            {
                bool isPath = part.StartsWith("..");
                text.Append(isPath ? "::" : ".");
                part = part[(isPath ? 2 : 1)..];
            }
            else if (part[0] == '$')
            {
                int end = part[1..].IndexOf('$');
                if (end < 0) return false;
                ReadOnlySpan<char> code = part.Slice(1, end);
                if (s_escapes.TryGetValue(code.ToString(), out string? plain)) text.Append(plain);
                else if (code.Length > 1 && code[0] == 'u' && int.TryParse(code[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rune) && Rune.IsValid(rune) && !Rune.IsControl(new Rune(rune))) text.Append(new Rune(rune));
                else return false;
                part = part[(end + 2)..];
            }
            else
            {
                int end = part.IndexOfAny('.', '$');
                text.Append(end < 0 ? part : part[..end]);
                part = end < 0 ? default : part[end..];
            }
        }

        return true;
    }
}
