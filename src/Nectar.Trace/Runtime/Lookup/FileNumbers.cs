// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Trace.Lowering;

namespace Nectar.Trace.Runtime.Lookup;

/// <summary>Numbers of files as the kernel has them (inode).</summary>
internal static partial class FileNumbers
{
    private const int CurrentDirectory = -100;
    private const uint WantInode = 0x100;
    private const int InodeOffset = 0x20, MajorOffset = 0x88, MinorOffset = 0x8c;
    private const int StatxSize = 256;
    private const ulong InitialPidNamespace = 0xEFFFFFFC; // PROC_PID_INIT_INO

    public static bool TryGet(string path, out ulong number) => TryGet(path, out number, out _);

    /// <summary>This process's namespace of process numbers; null if it is the kernel's first.</summary>
    public static PidNamespace? OwnPidNamespace =>
        TryGet("/proc/self/ns/pid", out ulong inode, out ulong device) && inode != InitialPidNamespace ? new PidNamespace(device, inode) : null;

    /// <param name="device">As the kernel packs it: 12 bits of major, 20 of minor number.</param>
    private static bool TryGet(string path, out ulong number, out ulong device)
    {
        // struct statx is 256 bytes on every architecture
        Span<byte> status = stackalloc byte[StatxSize];
        bool isThere = statx(CurrentDirectory, path, 0, WantInode, ref MemoryMarshal.GetReference(status)) == 0;
        number = isThere ? BitConverter.ToUInt64(status[InodeOffset..]) : 0;
        device = isThere ? ((ulong)BitConverter.ToUInt32(status[MajorOffset..]) << 20) | BitConverter.ToUInt32(status[MinorOffset..]) : 0;
        return isThere;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, ref byte status);
}
