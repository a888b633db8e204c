// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Features;

/// <summary>Reads the small files in which a kernel says what it is. What cannot be read is unknown, never an error.</summary>
internal static class HostFile
{
    private const int FirstRead = 4096;

    /// <summary>The first line of a file without blanks around it; null if it cannot be read or is empty.</summary>
    internal static string? ReadLine(string path)
    {
        if (Read(path) is not { } bytes) return null;
        ReadOnlySpan<byte> line = bytes;
        if (line.IndexOf((byte)'\n') is var end and >= 0) line = line[..end];
        return Encoding.UTF8.GetString(line).Trim() is { Length: > 0 } text ? text : null;
    }

    /// <summary>A number in a file of one line; null if there is none.</summary>
    internal static long? ReadNumber(string path) =>
        long.TryParse(ReadLine(path), System.Globalization.CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>The whole of a file; null if it cannot be read.</summary>
    internal static string? ReadText(string path) => Read(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The bytes of a file, by the three calls that it takes: streams ask for its kind, size and locks first, which in the kernel's own filesystems costs as much again.</summary>
    private static unsafe byte[]? Read(string path)
    {
        int fd = Libc.Open(path, Libc.OCloseOnExec);
        if (fd < 0) return null;
        try
        {
            byte[] buffer = new byte[FirstRead];
            int count = 0;
            while (true)
            {
                nint got;
                fixed (byte* at = &buffer[count]) got = Libc.Read(fd, at, (nuint)(buffer.Length - count));
                if (got < 0 && Libc.LastErrno == Errno.EINTR) continue;
                if (got < 0) return null;
                if (got == 0) return buffer[..count];
                count += (int)got;
                if (count == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }
}
