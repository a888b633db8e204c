// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Trace.Language.Inference;

/// <summary>Formats of <c>printf</c>, as far as checking needs them.</summary>
internal static class FormatText
{
    /// <summary>The conversions in order, without flags and widths: <c>d</c>, <c>s</c>, <c>rx</c>. What does not end in one is text.</summary>
    public static List<string> Specifiers(string format)
    {
        List<string> found = [];
        int at = 0;
        while (Next(format, ref at, out _, out string specifier))
        {
            if (specifier != "%") found.Add(specifier);
        }

        return found;
    }

    /// <summary>A format with its values put in; for messages that scripts make themselves.</summary>
    public static string Fill(string format, IReadOnlyList<object> values)
    {
        StringBuilder text = new();
        int at = 0, copied = 0, value = 0;
        while (Next(format, ref at, out int start, out string specifier))
        {
            text.Append(format, copied, start - copied);
            copied = at;
            if (specifier == "%") text.Append('%');
            else if (value < values.Count)
            {
                object item = values[value++];
                text.Append(specifier is "x" or "X" && item is long number ? number.ToString(specifier, CultureInfo.InvariantCulture) : Convert.ToString(item, CultureInfo.InvariantCulture));
            }
        }

        return text.Append(format, copied, format.Length - copied).ToString();
    }

    private static bool Next(string format, ref int at, out int start, out string specifier)
    {
        for (; at < format.Length; at++)
        {
            if (format[at] != '%') continue;
            int end = at + 1;
            foreach (char flag in "-+ #0")
            {
                if (end < format.Length && format[end] == flag) end++;
            }

            end = Width(format, end);
            if (end < format.Length && format[end] == '.') end = Width(format, end + 1);
            while (end < format.Length && "hlLjzt".Contains(format[end])) end++;
            int length = end >= format.Length ? 0
                : string.CompareOrdinal(format, end, "gr", 0, 2) == 0 || string.CompareOrdinal(format, end, "rh", 0, 2) == 0 || string.CompareOrdinal(format, end, "rx", 0, 2) == 0 ? 2
                : "diouxXeEfFgGaAcspnr%".Contains(format[end]) ? 1 : 0;
            if (length == 0) continue;
            start = at;
            specifier = format.Substring(end, length);
            at = end + length;
            return true;
        }

        (start, specifier) = (format.Length, "");
        return false;
    }

    private static int Width(string format, int at)
    {
        if (at < format.Length && format[at] == '*') return at + 1;
        while (at < format.Length && char.IsAsciiDigit(format[at])) at++;
        return at;
    }
}
