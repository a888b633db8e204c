// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>Whose a file is.</summary>
internal static class FileOwner
{
    private const uint WithOwner = 8; // STATX_UID
    private const int OwnerOffset = 20;

    /// <summary>The user's number; null if there is no such file. Files of <c>/proc/PID</c> belong to the process's effective user.</summary>
    internal static unsafe uint? Of(string path)
    {
        byte* result = stackalloc byte[Libc.StatxSize];
        return Libc.Statx(Libc.CurrentDirectory, path, 0, WithOwner, result) == 0 ? *(uint*)(result + OwnerOffset) : null;
    }
}
