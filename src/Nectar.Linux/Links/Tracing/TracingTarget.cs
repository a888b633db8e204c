// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Links.Tracing;

/// <summary>The target of a section name, taken apart. What does not have the form of its kind is a <see cref="FormatException"/>.</summary>
internal readonly record struct TracingTarget(string Text, TracingOptions Options)
{
    /// <summary>The function of <c>FUNCTION+OFFSET</c>.</summary>
    internal string Function => Split(Text).Name;

    /// <summary>The file of <c>PATH:FUNCTION</c>.</summary>
    internal string Binary => Colon > 0 ? Text[..Colon] : throw new FormatException();

    /// <summary>The function of <c>PATH:FUNCTION+OFFSET</c>; null for <c>PATH:OFFSET</c>.</summary>
    internal string? Symbol => Split(Place) is { Name: var name } && !IsNumber(name) ? name : null;

    private int Colon => Text.IndexOf(':', StringComparison.Ordinal);

    private string Place => Colon > 0 && Colon < Text.Length - 1 ? Text[(Colon + 1)..] : throw new FormatException();

    /// <summary>The options of a probe, with the offset of the target.</summary>
    internal ProbeOptions Probe(bool isReturn)
    {
        string place = Text.StartsWith('/') || Colon > 0 ? Place : Text;
        (string name, ulong offset) = Split(place);
        if (IsNumber(name)) offset += ParseNumber(name);
        return new ProbeOptions { Cookie = Options.Cookie, ProcessId = Options.ProcessId, IsReturn = isReturn || Options.IsReturn, Offset = offset };
    }

    /// <summary>Reads a number, decimal or with <c>0x</c>.</summary>
    internal static int Number(string text) => ParseNumber(text) is <= int.MaxValue and var number ? (int)number : throw new FormatException();

    private static bool IsNumber(string text) => text.Length > 0 && char.IsAsciiDigit(text[0]);

    private static ulong ParseNumber(string text)
    {
        ReadOnlySpan<char> digits = text;
        bool isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ulong.TryParse(isHex ? digits[2..] : digits, isHex ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : throw new FormatException();
    }

    private static (string Name, ulong Offset) Split(string place)
    {
        int plus = place.LastIndexOf('+');
        if (plus < 0) return (place, 0);
        return plus > 0 ? (place[..plus], ParseNumber(place[(plus + 1)..])) : throw new FormatException();
    }
}
