// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Numbers in text, comparison, formatted output.</summary>
internal static unsafe class TextHelpers
{
    /// <summary>Most arguments of a format (MAX_BPRINTF_VARARGS).</summary>
    private const int MaxFormatArguments = 12;

    internal static ulong StrToL(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        long consumed = Parse(state, r1, r2, r3, r4, out bool negative, out ulong value);
        if (consumed < 0 || state->Fault != FaultKind.None) return (ulong)consumed;
        if (negative ? value > 1ul << 63 : value >> 63 != 0) return Error(Errno.ERANGE);
        *(ulong*)r4 = negative ? 0 - value : value;
        return (ulong)consumed;
    }

    internal static ulong StrToUl(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        long consumed = Parse(state, r1, r2, r3, r4, out bool negative, out ulong value);
        if (consumed < 0 || state->Fault != FaultKind.None) return (ulong)consumed;
        if (negative) return Error(Errno.EINVAL);
        *(ulong*)r4 = value;
        return (ulong)consumed;
    }

    internal static ulong StrNCmp(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint size = (uint)r2;
        if (!Readable(state, 1, r1, size)) return 0;
        ulong there = VmSupport.Session(state).IsTrusted ? size : ReadableFrom(state, r3);
        byte* a = (byte*)r1, b = (byte*)r3;
        for (uint i = 0; i < size; i++)
        {
            if (i >= there)
            {
                VmSupport.SetHelperFault(state, 3, r3);
                return 0;
            }

            if (a[i] != b[i]) return a[i] < b[i] ? ulong.MaxValue : 1;
            if (a[i] == 0) break;
        }

        return 0;
    }

    internal static ulong SnPrintf(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint size = (uint)r2, bytes = (uint)r5;
        if (bytes % 8 != 0 || bytes > MaxFormatArguments * 8 || (bytes != 0 && r4 == 0)) return Error(Errno.EINVAL);
        if (!Writable(state, 1, r1, size) || !Readable(state, 4, r4, bytes) || Format(state, 3, r3, ReadableFrom(state, r3)) is not { } format) return 0;
        if (TextFormat.Format(state, format, new ReadOnlySpan<ulong>((void*)r4, (int)bytes / 8)) is not { } text) return Error(Errno.EINVAL);
        if (size > 0)
        {
            int length = (int)Math.Min((uint)text.Length, size - 1);
            text.AsSpan(0, length).CopyTo(new Span<byte>((void*)r1, (int)size));
            ((byte*)r1)[length] = 0;
        }

        return (ulong)text.Length + 1;
    }

    internal static ulong TracePrintk(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Format(state, 1, r1, (uint)r2) is not { } format) return 0;
        return Trace(state, format, [r3, r4, r5]);
    }

    internal static ulong TraceVPrintk(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint bytes = (uint)r4;
        if (bytes % 8 != 0 || bytes > MaxFormatArguments * 8 || (bytes != 0 && r3 == 0)) return Error(Errno.EINVAL);
        if (!Readable(state, 3, r3, bytes) || Format(state, 1, r1, (uint)r2) is not { } format) return 0;
        return Trace(state, format, new ReadOnlySpan<ulong>((void*)r3, (int)bytes / 8));
    }

    private static ulong Trace(VmState* state, byte[] format, ReadOnlySpan<ulong> arguments)
    {
        if (TextFormat.Format(state, format, arguments) is not { } text) return Error(Errno.EINVAL);
        VmSupport.Session(state).Host.Options.TraceSink?.Invoke(Encoding.UTF8.GetString(text).TrimEnd('\n'));
        return (ulong)text.Length;
    }

    /// <summary>The format without its zero byte; null with a fault if it is not in memory or has no end.</summary>
    private static byte[]? Format(VmState* state, int argument, ulong address, ulong size)
    {
        if (size == 0 || !Readable(state, argument, address, size))
        {
            VmSupport.SetHelperFault(state, argument, address);
            return null;
        }

        ReadOnlySpan<byte> bytes = new((void*)address, (int)size);
        int end = bytes.IndexOf((byte)0);
        if (end >= 0) return bytes[..end].ToArray();
        VmSupport.SetHelperFault(state, argument, address);
        return null;
    }

    /// <summary>The kernel's __bpf_strtoull: bytes consumed, or a negative error number.</summary>
    private static long Parse(VmState* state, ulong r1, ulong r2, ulong r3, ulong r4, out bool negative, out ulong value)
    {
        negative = false;
        value = 0;
        uint length = (uint)r2;
        int radix = (int)(r3 & 0x1f);
        if (r1 == 0 || length == 0 || r4 == 0 || radix is not (0 or 8 or 10 or 16) || (r3 & ~0x1ful) != 0) return -(long)Errno.EINVAL;
        if (!Readable(state, 1, r1, length) || !Writable(state, 4, r4, 8)) return 0;
        ReadOnlySpan<byte> text = new((void*)r1, (int)length);
        int at = 0;
        while (at < text.Length && text[at] is (byte)' ' or (>= 9 and <= 13)) at++;
        if (at < text.Length && text[at] == '-')
        {
            negative = true;
            at++;
        }

        if (at == text.Length) return -(long)Errno.EINVAL;
        ReadOnlySpan<byte> digits = text[at..Math.Min(text.Length, at + 63)];
        bool hex = digits.Length > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x' && Digit(digits[2]) < 16;
        if (radix == 0) radix = hex ? 16 : digits[0] == '0' ? 8 : 10;
        int start = radix == 16 && digits.Length > 1 && digits[0] == '0' && (digits[1] | 0x20) == 'x' ? 2 : 0;
        int i = start;
        for (; i < digits.Length && Digit(digits[i]) < radix; i++)
        {
            UInt128 next = ((UInt128)value * (uint)radix) + (uint)Digit(digits[i]);
            if (next > ulong.MaxValue) return -(long)Errno.ERANGE;
            value = (ulong)next;
        }

        return i == start ? -(long)Errno.EINVAL : at + i;
    }

    private static int Digit(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        _ => 99,
    };
}
