// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Numbers of files as the kernel has them (inode).</summary>
internal static partial class FileNumbers
{
    private const int CurrentDirectory = -100;
    private const uint WantInode = 0x100;
    private const int InodeOffset = 32;
    private const int StatxSize = 256;

    public static bool TryGet(string path, out ulong number)
    {
        // struct statx is 256 bytes on every architecture
        Span<byte> status = stackalloc byte[StatxSize];
        bool isThere = statx(CurrentDirectory, path, 0, WantInode, ref MemoryMarshal.GetReference(status)) == 0;
        number = isThere ? BitConverter.ToUInt64(status[InodeOffset..]) : 0;
        return isThere;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, ref byte status);
}
