// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>
/// The bytes of a file, read piece by piece with <c>pread(2)</c>. Not mapped: a mapped file that someone truncates kills its
/// reader with SIGBUS, and the files looked into here belong to others. A piece that the file does not have is a false, not a fault.
/// </summary>
internal sealed class FileBytes : IDisposable
{
    /// <summary>No piece is larger: what a hostile sparse file may make us allocate.</summary>
    internal const long MaxPiece = 1 << 30;

    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _memory;

    private FileBytes(SafeFileHandle handle, long length, FileIdentity identity) => (_handle, Length, Identity) = (handle, length, identity);

    internal FileBytes(ReadOnlyMemory<byte> memory) => (_memory, Length) = (memory, memory.Length);

    /// <summary>Size in bytes when it was opened.</summary>
    internal long Length { get; }

    /// <summary>Which file it is; the default for bytes in memory.</summary>
    internal FileIdentity Identity { get; }

    /// <summary>Opens a regular file. Never blocks: a path from another's mount namespace may name a pipe.</summary>
    internal static bool TryOpen(string path, [NotNullWhen(true)] out FileBytes? file, [NotNullWhen(false)] out Diagnostic? problem)
    {
        file = null;
        problem = null;
        if (path.Contains('\0'))
        {
            problem = Diagnostic.Error(SymbolCodes.File, "a path holds a zero byte");
            return false;
        }

        int fd = Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec | Libc.ONonBlock);
        if (fd < 0)
        {
            problem = Diagnostic.Error(SymbolCodes.File, $"'{path}': open it: {Libc.LastErrno}");
            return false;
        }

        SafeFileHandle handle = new(fd, ownsHandle: true);
        if (!FileIdentity.TryOf(handle, out FileIdentity identity, out bool isRegular) || !isRegular)
        {
            handle.Dispose();
            problem = Diagnostic.Error(SymbolCodes.File, $"'{path}' is no regular file");
            return false;
        }

        file = new FileBytes(handle, identity.Size, identity);
        return true;
    }

    /// <summary>Bytes at an offset; false if the file has not that many there.</summary>
    internal bool TryRead(ulong offset, ulong length, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (offset > (ulong)Length || length > (ulong)Length - offset || length > MaxPiece) return false;
        if (_handle is null)
        {
            bytes = _memory.Slice((int)offset, (int)length);
            return true;
        }

        byte[] read = GC.AllocateUninitializedArray<byte>((int)length);
        if (Read(offset, read) < read.Length) return false; // truncated since it was opened
        bytes = read;
        return true;
    }

    /// <summary>Reads what there is at an offset, at most as much as there is room for; how much it was.</summary>
    internal int Read(ulong offset, Span<byte> bytes)
    {
        if (_handle is null)
        {
            ReadOnlySpan<byte> there = offset < (ulong)_memory.Length ? _memory.Span[(int)offset..] : default;
            if (there.Length > bytes.Length) there = there[..bytes.Length];
            there.CopyTo(bytes);
            return there.Length;
        }

        int done = 0;
        try
        {
            while (done < bytes.Length && RandomAccess.Read(_handle, bytes[done..], (long)offset + done) is > 0 and var count) done += count;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // what was read counts
        }

        return done;
    }

    /// <summary>The same file for someone who outlives this object.</summary>
    internal bool TryDuplicate([NotNullWhen(true)] out FileBytes? file)
    {
        file = null;
        if (_handle is null) return (file = new FileBytes(_memory)) is not null;
        const int DuplicateCloseOnExec = 1030;
        int fd = Libc.Fcntl((int)_handle.DangerousGetHandle(), DuplicateCloseOnExec, 0);
        GC.KeepAlive(_handle);
        if (fd >= 0) file = new FileBytes(new SafeFileHandle(fd, ownsHandle: true), Length, Identity);
        return file is not null;
    }

    public void Dispose() => _handle?.Dispose();
}
