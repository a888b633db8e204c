// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Bpf.Vm;

/// <summary>The formats of bpf_trace_printk, bpf_trace_vprintk and bpf_snprintf (bpf_bprintf_prepare): %d %i %u %x %X %c %s %p, l, ll, width and zeros.</summary>
internal static unsafe class TextFormat
{
    /// <summary>Most bytes of one string argument (MAX_BPRINTF_BUF).</summary>
    private const int MaxString = 512;

    /// <summary>Formats; null where the kernel says -EINVAL: an unknown conversion, too few arguments, bytes that are not ASCII.</summary>
    internal static byte[]? Format(VmState* state, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments)
    {
        List<byte> output = [];
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            byte c = format[i];
            if (c is >= 0x80 or < 9 or (> 13 and < 32)) return null;
            if (c != '%')
            {
                output.Add(c);
                continue;
            }

            if (++i >= format.Length) return null;
            if (format[i] == '%')
            {
                output.Add((byte)'%');
                continue;
            }

            bool zero = false, left = false;
            for (; i < format.Length && format[i] is (byte)'0' or (byte)'+' or (byte)'-' or (byte)' '; i++)
            {
                zero |= format[i] == '0';
                left |= format[i] == '-';
            }

            int width = 0;
            for (; i < format.Length && format[i] is >= (byte)'0' and <= (byte)'9'; i++) width = Math.Min(4096, (width * 10) + format[i] - '0');
            int longs = 0;
            for (; i < format.Length && format[i] == 'l'; i++) longs++;
            if (i >= format.Length || next >= arguments.Length || longs > 2) return null;
            ulong value = arguments[next++];
            string? text = Convert(state, format, ref i, value, longs > 0);
            if (text is null) return null;
            if (left) text = text.PadRight(width);
            else if (zero && text.StartsWith('-')) text = "-" + text[1..].PadLeft(Math.Max(0, width - 1), '0');
            else text = text.PadLeft(width, zero ? '0' : ' ');
            output.AddRange(Encoding.Latin1.GetBytes(text));
        }

        return [.. output];
    }

    private static string? Convert(VmState* state, ReadOnlySpan<byte> format, ref int i, ulong value, bool isLong)
    {
        switch ((char)format[i])
        {
            case 'd' or 'i': return (isLong ? (long)value : (int)value).ToString(CultureInfo.InvariantCulture);
            case 'u': return (isLong ? value : (uint)value).ToString(CultureInfo.InvariantCulture);
            case 'x': return (isLong ? value : (uint)value).ToString("x", CultureInfo.InvariantCulture);
            case 'X': return (isLong ? value : (uint)value).ToString("X", CultureInfo.InvariantCulture);
            case 'c': return ((char)(byte)value).ToString();
            case 's': return ReadString(state, value);
            case 'p':
                if (i + 2 < format.Length && format[i + 1] is (byte)'k' or (byte)'u' && format[i + 2] == 's')
                {
                    i += 2;
                    return ReadString(state, value);
                }

                if (i + 1 < format.Length && format[i + 1] is (byte)'x' or (byte)'K' or (byte)'s' or (byte)'S' or (byte)'B') i++;
                return value.ToString("x16", CultureInfo.InvariantCulture);
            default: return null;
        }
    }

    /// <summary>A string in memory; what cannot be read is left out, as in the kernel.</summary>
    private static string ReadString(VmState* state, ulong address)
    {
        StringBuilder text = new();
        while (text.Length < MaxString)
        {
            ulong there = Math.Min(Arguments.ReadableFrom(state, address), (ulong)(MaxString - text.Length));
            if (there == 0) break;
            ReadOnlySpan<byte> bytes = new((void*)address, (int)there);
            int end = bytes.IndexOf((byte)0);
            text.Append(Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]));
            if (end >= 0) break;
            address += there;
        }

        return text.ToString();
    }
}
