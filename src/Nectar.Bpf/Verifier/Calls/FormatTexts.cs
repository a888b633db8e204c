// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Format strings of bpf_snprintf, by the rules of the kernel's printf for programs.</summary>
internal static class FormatTexts
{
    internal static void CheckSnprintf(Analysis a)
    {
        ulong size = a.Registers[5].Range.Bits.Value;
        if (size % 8 != 0) a.Refuse(ViolationKind.FormatText, 5, $"the data in r4 is {size} bytes: it has to be an array of 8-byte values");
        if (ConstStrings.Bytes(a, a.Registers[3]) is not { } format) return;
        int end = format.IndexOf(0);
        if (Problem(format.GetRange(0, end), (int)(size / 8)) is { } problem) a.Refuse(ViolationKind.FormatText, 3, $"the format string is wrong: {problem}");
    }

    /// <summary>What is wrong with a format; null if nothing is.</summary>
    internal static string? Problem(IReadOnlyList<byte> format, int arguments)
    {
        int used = 0;
        char At(int i) => i < format.Count ? (char)format[i] : '\0';
        for (int i = 0; i < format.Count; i++)
        {
            char c = At(i);
            if (c is not (>= ' ' and < '\x7f') && c is not (>= '\t' and <= '\r')) return $"byte 0x{(int)c:x} at {i} is not text";
            if (c != '%') continue;
            if (At(i + 1) == '%')
            {
                i++;
                continue;
            }

            if (used >= arguments) return $"it has more conversions than the {arguments} values that are passed";
            used++;
            int start = i++;
            while (At(i) is '0' or '+' or '-' or ' ') i++;
            if (At(i) is >= '1' and <= '9')
            {
                while (char.IsAsciiDigit(At(i))) i++;
            }

            if (!SkipConversion(At, ref i)) return $"the conversion that begins at {start} is not one that the kernel knows";
        }

        return null;
    }

    private static bool SkipConversion(Func<int, char> at, ref int i)
    {
        switch (at(i))
        {
            case 'p':
                char next = at(i + 1);
                if (next is 'k' or 'u' && at(i + 2) == 's')
                {
                    i += 2;
                    return EndsHere(at(i + 1));
                }

                if (EndsHere(next)) return true;
                if (next is 'K' or 'x' or 's' or 'S' or 'B')
                {
                    i++;
                    return true;
                }

                if (next is not ('i' or 'I') || at(i + 2) is not ('4' or '6')) return false;
                i += 2;
                return true;
            case 's':
                return EndsHere(at(i + 1));
            case 'c':
                return true;
            case 'l':
                i++;
                if (at(i) == 'l') i++;
                break;
        }

        return at(i) is 'i' or 'd' or 'u' or 'x' or 'X';
    }

    private static bool EndsHere(char c) => c is '\0' or ' ' or (>= '\t' and <= '\r') || (c < '\x7f' && (char.IsAsciiLetterOrDigit(c) ? false : c > ' '));
}
