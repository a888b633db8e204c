// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.GuestTests.Harness;

/// <summary>What a guest says, one line each.</summary>
internal enum FrameKind
{
    /// <summary>The kernel's release and the number of tests that follow.</summary>
    Plan,

    /// <summary>A test begins. One without a verdict took the machine with it.</summary>
    Start,

    /// <summary>Verdicts.</summary>
    Pass, Fail, Skip,

    /// <summary>Text to show, such as what the guest has no verdict about.</summary>
    Note,

    /// <summary>Everything has been said.</summary>
    End,
}

/// <summary>
/// A line on the serial port: <c>@nectar SEQUENCE CHECKSUM KIND NUMBER NAME MESSAGE</c>, with spaces in the message escaped.
/// Sequence numbers show lost lines, the checksum shows damaged ones: neither passes for a verdict.
/// </summary>
/// <param name="Kind">What it says.</param>
/// <param name="Number">Milliseconds; for <see cref="FrameKind.Plan"/> the number of tests.</param>
/// <param name="Name">The test.</param>
/// <param name="Message">Why.</param>
internal readonly record struct Frame(FrameKind Kind, long Number, string Name, string Message)
{
    private const string Mark = "@nectar";

    internal string Write(int sequence)
    {
        string body = $"{Kind} {Number} {Escape(Name)} {Escape(Message)}";
        return $"{Mark} {sequence} {Checksum($"{sequence} {body}"):x8} {body}";
    }

    /// <summary>Reads a line; false if it is none of ours. A line of ours that is damaged is an error.</summary>
    internal static bool TryRead(string line, out int sequence, out Frame frame, out string? damage)
    {
        (sequence, frame, damage) = (0, default, null);
        int start = line.IndexOf(Mark, StringComparison.Ordinal);
        if (start < 0) return false;
        string[] parts = line[start..].TrimEnd('\r', '\n').Split(' ');
        if (parts.Length != 7 || !int.TryParse(parts[1], out sequence) || !Enum.TryParse(parts[3], out FrameKind kind) || !long.TryParse(parts[4], out long number)
            || $"{Checksum($"{sequence} {string.Join(' ', parts[3..])}"):x8}" != parts[2])
        {
            damage = $"damaged line: {line.TrimEnd()}";
            return true;
        }

        frame = new Frame(kind, number, Unescape(parts[5]), Unescape(parts[6]));
        return true;
    }

    private static string Escape(string text)
    {
        StringBuilder result = new("'"); // so that an empty text is a field too
        foreach (byte c in Encoding.UTF8.GetBytes(text))
        {
            if (c is > (byte)' ' and < 0x7f and not (byte)'%') result.Append((char)c);
            else result.Append($"%{c:x2}");
        }

        return result.ToString();
    }

    private static string Unescape(string text) => Uri.UnescapeDataString(text.TrimStart('\''));

    /// <summary>FNV-1a.</summary>
    private static uint Checksum(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text) hash = (hash ^ (byte)c) * 16777619;
        return hash;
    }
}
