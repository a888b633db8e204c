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
        int done = 0;
        try
        {
            while (done < read.Length)
            {
                int count = RandomAccess.Read(_handle, read.AsSpan(done), (long)offset + done);
                if (count <= 0) return false; // truncated since it was opened
                done += count;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        bytes = read;
        return true;
    }

    public void Dispose() => _handle?.Dispose();
}
