// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Probes;

/// <summary>Reads memory of this process that may not be there, as probe reads do: through the kernel, which says so instead of failing.</summary>
internal static unsafe partial class SafeMemory
{
    private const int PageSize = 4096;

    /// <summary>Fills a buffer. False, and zeros, if not all of it can be read.</summary>
    internal static bool Read(Span<byte> destination, nuint source)
    {
        if (destination.IsEmpty) return true;
        fixed (byte* to = destination)
        {
            if (Copy(to, source, (nuint)destination.Length) == destination.Length) return true;
        }

        destination.Clear();
        return false;
    }

    /// <summary>Fills a buffer up to a zero byte, page by page: what follows the string may not be there.</summary>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    internal static long ReadString(Span<byte> destination, nuint source)
    {
        int length = 0;
        fixed (byte* to = destination)
        {
            while (length < destination.Length)
            {
                nuint at = source + (nuint)length;
                int step = Math.Min(destination.Length - length, PageSize - (int)(at % PageSize));
                if (Copy(to + length, at, (nuint)step) != step)
                {
                    destination.Clear();
                    return (long)Errno.Fault;
                }

                int end = destination.Slice(length, step).IndexOf((byte)0);
                if (end >= 0)
                {
                    destination[(length + end)..].Clear();
                    return length + end + 1;
                }

                length += step;
            }
        }

        destination[^1] = 0;
        return length;
    }

    private static nint Copy(byte* to, nuint from, nuint length)
    {
        Vector local = new() { Base = (nuint)to, Length = length }, remote = new() { Base = from, Length = length };
        return process_vm_readv(Environment.ProcessId, &local, 1, &remote, 1, 0);
    }

    [LibraryImport("libc", SetLastError = false)]
    private static partial nint process_vm_readv(int pid, Vector* local, nuint localCount, Vector* remote, nuint remoteCount, nuint flags);

    private struct Vector
    {
        internal nuint Base;
        internal nuint Length;
    }
}
