// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers;
using System.Text;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>Files of <c>/proc/PID</c>, which have no size and may vanish at any moment.</summary>
internal static class ProcessFiles
{
    /// <summary>The largest environment or map list that is read: far beyond real ones.</summary>
    private const int MaxSize = 256 << 20;

    /// <summary>All bytes of a file without a size; null if the process is gone or may not be looked into.</summary>
    internal static byte[]? Read(string path)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(16384); // these are read for each process of a system
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            int length = 0;
            while (true)
            {
                int count = stream.Read(bytes, length, bytes.Length - length);
                if (count == 0) return bytes[..length];
                length += count;
                if (length < bytes.Length) continue;
                if (length >= MaxSize) return null;
                byte[] larger = ArrayPool<byte>.Shared.Rent(bytes.Length * 2);
                bytes.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(bytes);
                bytes = larger;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>What to put before a path that a process sees, to open it from here: empty if it sees the same file system, else <c>/proc/PID/root</c>.</summary>
    internal static string Root(int processId)
    {
        string there = RootLink(processId);
        bool same = Link(there) == "/" && Link($"/proc/{processId}/ns/mnt") is { } mounts && mounts == Link("/proc/self/ns/mnt");
        return same ? "" : there;
    }

    /// <summary>The root directory that a process sees, as it can be opened from here.</summary>
    internal static string RootLink(int processId) => $"/proc/{processId}/root";

    /// <summary>What a symbolic link says; null if it is none or may not be read.</summary>
    internal static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A variable of a process's environment as it was when the process started; of our own for null.</summary>
    internal static string? Variable(int? processId, string name)
    {
        if (processId is not { } id) return Environment.GetEnvironmentVariable(name);
        ReadOnlySpan<byte> rest = Read($"/proc/{id}/environ");
        byte[] prefix = Encoding.UTF8.GetBytes(name + "=");
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)0);
            ReadOnlySpan<byte> one = end < 0 ? rest : rest[..end];
            if (one.StartsWith(prefix)) return Encoding.UTF8.GetString(one[prefix.Length..]);
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        return null;
    }
}
