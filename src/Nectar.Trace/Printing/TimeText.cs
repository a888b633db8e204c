// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Printing;

/// <summary><c>strftime</c> in local time, with <c>%f</c>, <c>%k</c> and <c>%l</c> for micro-, nano- and milliseconds.</summary>
internal static unsafe partial class TimeText
{
    private const int BrokenDownSize = 64; // struct tm is 56 bytes with glibc and musl
    private const int MaxLength = 4096;

    /// <summary>Writes a time; nothing if the format gives nothing.</summary>
    /// <param name="time">Nanoseconds since 1970.</param>
    /// <param name="format">As of strftime(3).</param>
    public static void Write(Utf8Buffer to, ulong time, ReadOnlySpan<byte> format)
    {
        long seconds = (long)(time / 1_000_000_000);
        byte* broken = stackalloc byte[BrokenDownSize];
        if (LocalTime(&seconds, broken) == 0) return;
        Span<byte> terminated = format.Length < 256 ? stackalloc byte[256] : new byte[format.Length + 1];
        format.CopyTo(terminated);
        terminated[format.Length] = 0;
        fixed (byte* pattern = terminated)
        fixed (byte* room = to.Room(MaxLength))
        {
            to.Length += (int)Format(room, MaxLength, pattern, broken);
        }
    }

    /// <summary>The format with the fractions of a second put in.</summary>
    public static byte[] Expand(string format, ulong time)
    {
        if (format.Contains('%', StringComparison.Ordinal))
        {
            ulong rest = time % 1_000_000_000;
            format = Replace(format, "%f", rest / 1000, "D6");
            format = Replace(format, "%k", rest, "D9");
            format = Replace(format, "%l", rest / 1_000_000, "D3");
        }

        return ScriptText.Encode(format);
    }

    /// <summary>Nanoseconds since 1970, now.</summary>
    public static ulong Now => (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    private static string Replace(string format, string what, ulong number, string digits) =>
        format.Contains(what, StringComparison.Ordinal) ? format.Replace(what, number.ToString(digits, System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal) : format;

    [LibraryImport("libc", EntryPoint = "localtime_r")]
    private static partial nint LocalTime(long* seconds, byte* result);

    [LibraryImport("libc", EntryPoint = "strftime")]
    private static partial nuint Format(byte* text, nuint size, byte* format, byte* time);
}
