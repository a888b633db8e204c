// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>Whose a file is.</summary>
internal static class FileOwner
{
    private static readonly long s_statx = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 291 : 332;

    /// <summary>The user's number; null if there is no such file. Files of <c>/proc/PID</c> belong to the process's effective user.</summary>
    internal static unsafe uint? Of(string path)
    {
        const int CurrentFolder = -100, WithOwner = 8;
        byte* result = stackalloc byte[256]; // struct statx
        byte* text = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        bool done = Libc.Syscall(s_statx, CurrentFolder, (nint)text, 0, WithOwner, (nint)result) == 0;
        Marshal.FreeCoTaskMem((nint)text);
        return done ? *(uint*)(result + 20) : null;
    }
}
