// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Processes;

/// <summary>One line of <c>/proc/PID/maps</c>.</summary>
/// <param name="Start">First address.</param>
/// <param name="End">Address behind the last byte.</param>
/// <param name="Offset">Where the region starts in its file, bytes.</param>
/// <param name="Device">Major number in the high, minor in the low 32 bits.</param>
/// <param name="Inode">Of the file; 0 if there is none.</param>
/// <param name="IsExecutable">True if instructions may be fetched from it.</param>
/// <param name="Path">The file as the process sees it, or <c>[heap]</c>, <c>[vdso]</c>, <c>//anon</c>; empty for nameless memory.</param>
/// <param name="IsDeleted">True if the file was deleted or replaced since it was mapped.</param>
public readonly record struct MappedRegion(ulong Start, ulong End, ulong Offset, ulong Device, ulong Inode, bool IsExecutable, string Path, bool IsDeleted)
{
    /// <summary>True if the region maps a file.</summary>
    public bool IsFile => Inode != 0 && Path.StartsWith('/') && !Path.StartsWith("/memfd:", StringComparison.Ordinal) && !Path.StartsWith("/dev/zero", StringComparison.Ordinal) && !Path.StartsWith("/SYSV", StringComparison.Ordinal);
}
