// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>Which contents a file has, as far as the file system tells: a replaced or rewritten file has another identity.</summary>
/// <param name="Device">Major and minor number.</param>
/// <param name="Inode">Number on that device.</param>
/// <param name="Size">In bytes.</param>
/// <param name="ModifiedNs">Time of the last write, ns since 1970.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Size, long ModifiedNs)
{
    private const int EmptyPath = 0x1000, BasicStats = 0x7ff, FileType = 0xf000, Regular = 0x8000, CurrentFolder = -100;

    private static readonly long s_statx = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 291 : 332;

    /// <summary>The identity of an open file.</summary>
    internal static unsafe bool TryOf(SafeFileHandle file, out FileIdentity identity, out bool isRegular)
    {
        byte empty = 0;
        bool known = TryCall((int)file.DangerousGetHandle(), &empty, EmptyPath, out identity, out isRegular);
        GC.KeepAlive(file);
        return known;
    }

    /// <summary>The identity of the file behind a path; links are followed.</summary>
    internal static unsafe bool TryOf(string path, out FileIdentity identity, out bool isRegular)
    {
        byte* text = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            return TryCall(CurrentFolder, text, 0, out identity, out isRegular);
        }
        finally
        {
            Marshal.FreeCoTaskMem((nint)text);
        }
    }

    private static unsafe bool TryCall(int folder, byte* path, int flags, out FileIdentity identity, out bool isRegular)
    {
        // struct statx (include/uapi/linux/stat.h) is the same on every architecture, which struct stat is not: 256 bytes.
        byte* result = stackalloc byte[256];
        bool done = Libc.Syscall(s_statx, folder, (nint)path, flags, BasicStats, (nint)result) == 0;
        isRegular = done && (*(ushort*)(result + 28) & FileType) == Regular;
        identity = !done ? default : new FileIdentity(
            ((ulong)*(uint*)(result + 136) << 32) | *(uint*)(result + 140),
            *(ulong*)(result + 32),
            *(long*)(result + 40),
            (*(long*)(result + 112) * 1_000_000_000) + *(uint*)(result + 120));
        return done;
    }
}
