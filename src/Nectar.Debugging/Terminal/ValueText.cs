// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>Values in the formats of gdb.</summary>
internal static class ValueText
{
    internal static string TryFormat(DebugSession session, string format, string expression)
    {
        try
        {
            return Format(session, format, expression);
        }
        catch (NectarException problem)
        {
            return $"<{problem.Diagnostics[0].Message}>";
        }
    }

    internal static string Format(DebugSession session, string format, string expression)
    {
        if (format.Length == 0) return session.Evaluate(expression).Value;
        ulong bits = session.EvaluateWord(expression);
        DebugVariable value = session.Evaluate(expression);
        return Number(session, format[^1], bits, value.Size is > 0 and < 8 ? value.Size : 8) ?? throw new TerminalException(TerminalCodes.BadArgument, $"'/{format}' is no format", "help: x hexadecimal, d signed, u unsigned, t binary, o octal, c character, a address");
    }

    /// <summary>A number in a format; null if there is no such format.</summary>
    internal static string? Number(DebugSession session, char format, ulong bits, int size)
    {
        int unused = 64 - (size * 8);
        ulong cut = bits << unused >> unused;
        return format switch
        {
            'x' => $"0x{cut:x}",
            'z' => "0x" + cut.ToString($"x{size * 2}", CultureInfo.InvariantCulture),
            'd' => ((long)(bits << unused) >> unused).ToString(CultureInfo.InvariantCulture),
            'u' => cut.ToString(CultureInfo.InvariantCulture),
            't' => Convert.ToString((long)cut, 2),
            'o' => "0" + Convert.ToString((long)cut, 8),
            'c' => cut is >= 32 and < 127 ? string.Create(CultureInfo.InvariantCulture, $"{cut} '{(char)cut}'") : cut.ToString(CultureInfo.InvariantCulture),
            'a' => session.NameOf(bits),
            _ => null,
        };
    }

    /// <summary>A program's result with the name that its type gives it.</summary>
    internal static string Verdict(ProgramType type, ulong value)
    {
        string number = type == ProgramType.Unspec ? value.ToString(CultureInfo.InvariantCulture) : ((uint)value).ToString(CultureInfo.InvariantCulture);
        string name = Verdicts.NameOf(type, (uint)value);
        return name == number || type == ProgramType.Unspec ? number : $"{number} ({name})";
    }

    /// <summary>Bytes in lines of sixteen with their offset, and as text.</summary>
    internal static void Dump(ReadOnlySpan<byte> bytes, TextWriter output)
    {
        for (int at = 0; at < bytes.Length; at += 16)
        {
            ReadOnlySpan<byte> row = bytes.Slice(at, Math.Min(16, bytes.Length - at));
            StringBuilder text = new();
            text.Append(CultureInfo.InvariantCulture, $"  {at,5}: ");
            for (int i = 0; i < 16; i++) text.Append(i < row.Length ? row[i].ToString("x2", CultureInfo.InvariantCulture) : "  ").Append(i == 7 ? "  " : " ");
            text.Append(' ');
            foreach (byte b in row) text.Append(b is >= 32 and < 127 ? (char)b : '.');
            output.WriteLine(text.ToString());
        }
    }
}
