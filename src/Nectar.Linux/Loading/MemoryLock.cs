// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>Before 5.11 the kernel counts BPF's memory against the limit of locked memory, which is far too small by default.</summary>
internal static unsafe class MemoryLock
{
    private const int ResourceMemoryLock = 8;
    private static readonly Version s_accountedToCgroups = new(5, 11);
    private static int s_isLifted;

    internal static void Lift()
    {
        if (Environment.OSVersion.Version >= s_accountedToCgroups || Interlocked.Exchange(ref s_isLifted, 1) != 0) return;
        ulong* unlimited = stackalloc ulong[2] { ulong.MaxValue, ulong.MaxValue };
        _ = Libc.SetResourceLimit(ResourceMemoryLock, unlimited); // without the right to, the map's creation will say what is missing
    }
}
