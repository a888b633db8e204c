// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.RegularExpressions;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Verifier.Domain;

/// <summary>The numbers in the registers as the kernel's verifier prints them at log level 2 (Linux 6.8 and later: only what differs from "unknown").</summary>
internal static partial class KernelStateLog
{
    private const uint States = 2; // BPF_LOG_LEVEL2

    /// <summary>The log of a program with the state after every instruction, whether it loads or not.</summary>
    public static string Of(ReadOnlyMemory<Instruction> code, ProgramType type)
    {
        string log = "";
        try
        {
            KernelProgram.Load(new ProgramLoad { Name = "states", Type = type, Instructions = code, LogLevel = States, LogSink = text => log = text }).Dispose();
        }
        catch (VerificationException)
        {
            // what it says is in the log
        }

        return log;
    }

    /// <summary>Register states in the order in which they were printed.</summary>
    /// <returns>The slot whose effect the line shows (of a jump's target: the target), whether it was reached by a jump, and the register.</returns>
    public static IEnumerable<(int Slot, bool Jumped, int Register, ScalarRange Range)> Parse(string log)
    {
        foreach (string line in log.Split('\n'))
        {
            if (line.Contains("REG INVARIANTS VIOLATION", StringComparison.Ordinal)) yield break; // it forgot bounds, but prints a constant as if it had not
            Match head = Head().Match(line);
            if (!head.Success) continue;
            bool jumped = head.Groups["to"].Success;
            int slot = int.Parse(jumped ? head.Groups["to"].Value : head.Groups["slot"].Value, CultureInfo.InvariantCulture);
            int states = jumped ? head.Length : line.IndexOf(';', StringComparison.Ordinal);
            if (states < 0) continue;
            foreach (Match register in Register().Matches(line[states..]))
            {
                if (TryRange(register.Groups["value"].Value, out ScalarRange range)) yield return (slot, jumped, int.Parse(register.Groups["r"].Value, CultureInfo.InvariantCulture), range);
            }
        }
    }

    private static bool TryRange(string text, out ScalarRange range)
    {
        range = ScalarRange.Unknown;
        text = text.TrimStart('P');
        if (!text.StartsWith("scalar(", StringComparison.Ordinal))
        {
            if (!char.IsAsciiDigit(text[0]) && text[0] != '-') return false;
            range = ScalarRange.Const(Number(text));
            return true;
        }
        foreach (Match bound in Bound().Matches(text))
        {
            ulong value = Number(bound.Groups["value"].Value);
            foreach (string name in bound.Groups["names"].Value.Split('=', StringSplitOptions.RemoveEmptyEntries))
            {
                switch (name)
                {
                    case "smin": range.SMin = (long)value; break;
                    case "smax": range.SMax = (long)value; break;
                    case "umin": range.UMin = value; break;
                    case "umax": range.UMax = value; break;
                    case "smin32": range.S32Min = (int)value; break;
                    case "smax32": range.S32Max = (int)value; break;
                    case "umin32": range.U32Min = (uint)value; break;
                    case "umax32": range.U32Max = (uint)value; break;
                }
            }
        }
        Match bits = Bits().Match(text);
        if (bits.Success) range.Bits = new Tnum(Number(bits.Groups[1].Value), Number(bits.Groups[2].Value));
        return true;
    }

    private static ulong Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : text[0] == '-' ? (ulong)long.Parse(text, CultureInfo.InvariantCulture) : ulong.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:(?<slot>\d+): \(|from \d+ to (?<to>\d+):)")]
    private static partial Regex Head();

    [GeneratedRegex(@"\bR(?<r>\d+)(?:_\w+)?=(?<value>P?scalar\((?:[^()]|\([^()]*\))*\)|P?-?(?:0x[0-9a-f]+|\d+))")]
    private static partial Regex Register();

    [GeneratedRegex(@"(?<names>(?:[su](?:min|max)(?:32)?=)+)(?<value>-?(?:0x[0-9a-f]+|\d+))")]
    private static partial Regex Bound();

    [GeneratedRegex(@"var_off=\((0x[0-9a-f]+|\d+); (0x[0-9a-f]+|\d+)\)")]
    private static partial Regex Bits();
}
