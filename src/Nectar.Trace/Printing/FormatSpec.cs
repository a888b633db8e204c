// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Trace.Printing;

/// <summary>A conversion of a format: <c>%-10.3lld</c>. Flags come in one order, minus, plus, blank, hash, zero; what does not fit the form stays text.</summary>
internal sealed record FormatSpec
{
    private const string Flags = "-+ #0", Modifiers = "hlLjzt", OneLetter = "diouxXeEfFGaAcspn%";

    public bool IsLeft { get; init; }

    public bool ShowsSign { get; init; }

    public bool HasBlank { get; init; }

    public bool IsAlternate { get; init; }

    public bool IsZeroFilled { get; init; }

    /// <summary>0: none.</summary>
    public int Width { get; init; }

    /// <summary>-1: none.</summary>
    public int Precision { get; init; } = -1;

    public bool HasWidthArgument { get; init; }

    public bool HasPrecisionArgument { get; init; }

    /// <summary><c>hh h l ll j z t</c>.</summary>
    public string Modifier { get; init; } = "";

    /// <summary>A letter, or <c>gr</c>, <c>rh</c>, <c>rx</c>.</summary>
    public required string Conversion { get; init; }

    /// <summary>The conversions of a format, and the text before, between and behind them.</summary>
    public static List<FormatSpec> Parse(string format, out List<string> fragments)
    {
        List<FormatSpec> specs = [];
        fragments = [];
        StringBuilder text = new();
        for (int i = 0; i < format.Length;)
        {
            if (format[i] == '%' && TryParse(format, i, out FormatSpec? spec, out int end))
            {
                if (spec!.Conversion == "%")
                {
                    text.Append('%');
                }
                else
                {
                    specs.Add(spec);
                    fragments.Add(text.ToString());
                    text.Clear();
                }

                i = end;
            }
            else
            {
                text.Append(format[i++]);
            }
        }

        fragments.Add(text.ToString());
        return specs;
    }

    /// <summary>What C makes of an argument of <c>%d</c>: an int unless the modifier says otherwise.</summary>
    public long CutSigned(long number) => Modifier switch
    {
        "" => (int)number,
        "hh" => (sbyte)number,
        "h" => (short)number,
        "l" or "ll" or "j" or "z" or "t" => number,
        _ => (int)number,
    };

    /// <summary>As <see cref="CutSigned"/>, of <c>%u</c>, <c>%x</c>, <c>%o</c>.</summary>
    public ulong CutUnsigned(long number) => Modifier switch
    {
        "" => (uint)number,
        "hh" => (byte)number,
        "h" => (ushort)number,
        "l" or "ll" or "j" or "z" or "t" => (ulong)number,
        _ => (uint)number,
    };

    private static bool TryParse(string format, int start, out FormatSpec? spec, out int end)
    {
        int at = start + 1;
        Span<bool> flags = stackalloc bool[Flags.Length];
        for (int i = 0; i < Flags.Length; i++)
        {
            flags[i] = at < format.Length && format[at] == Flags[i];
            if (flags[i]) at++;
        }

        (int width, bool hasWidth) = ParseNumber(format, ref at, out _);
        int precision = -1;
        bool hasPrecision = false;
        if (at < format.Length && format[at] == '.')
        {
            int before = at++;
            (precision, hasPrecision) = ParseNumber(format, ref at, out bool isAny);
            if (!isAny) at = before; // then no conversion follows either
        }

        int modifier = at;
        while (at < format.Length && Modifiers.Contains(format[at], StringComparison.Ordinal)) at++;
        string? conversion = At(format, at);
        end = at + (conversion?.Length ?? 0);
        spec = conversion is null
            ? null
            : new FormatSpec
            {
                IsLeft = flags[0], ShowsSign = flags[1], HasBlank = flags[2], IsAlternate = flags[3], IsZeroFilled = flags[4], Width = width, Precision = precision,
                HasWidthArgument = hasWidth, HasPrecisionArgument = hasPrecision, Modifier = format[modifier..at], Conversion = conversion,
            };
        return spec is not null;
    }

    private static string? At(string format, int at)
    {
        if (at >= format.Length) return null;
        if (OneLetter.Contains(format[at], StringComparison.Ordinal)) return format.Substring(at, 1);
        string two = at + 1 < format.Length ? format.Substring(at, 2) : "";
        if (two is "gr" or "rh" or "rx") return two;
        return format[at] is 'g' or 'r' ? format.Substring(at, 1) : null;
    }

    private static (int Number, bool IsArgument) ParseNumber(string format, ref int at, out bool isAny)
    {
        isAny = true;
        if (at < format.Length && format[at] == '*')
        {
            at++;
            return (0, true);
        }

        int start = at, number = 0;
        while (at < format.Length && char.IsAsciiDigit(format[at])) number = Math.Min((number * 10) + (format[at++] - '0'), 1 << 20);
        isAny = at != start;
        return (number, false);
    }
}
