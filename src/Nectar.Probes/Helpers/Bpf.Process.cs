// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>The process (the kernel's tgid, user space's pid).</summary>
    public static uint Pid => (uint)(GetCurrentPidTgid() >> 32);

    /// <summary>The thread (the kernel's pid, user space's tid).</summary>
    public static uint Tid => (uint)GetCurrentPidTgid();

    /// <summary>The user.</summary>
    public static uint Uid => (uint)GetCurrentUidGid();

    /// <summary>The group.</summary>
    public static uint Gid => (uint)(GetCurrentUidGid() >> 32);

    /// <summary>Helper 14, kernel 4.2: the process in the upper half, the thread in the lower.</summary>
    [Helper(14)]
    public static ulong GetCurrentPidTgid() => Managed.Call(14);

    /// <summary>Helper 15, kernel 4.2: the group in the upper half, the user in the lower.</summary>
    [Helper(15)]
    public static ulong GetCurrentUidGid() => Managed.Call(15);

    /// <summary>The name of the thread, at most 15 bytes and a zero byte. Kernel 4.2.</summary>
    /// <param name="comm">At least 1 byte; 16 take any name.</param>
    /// <returns>0, or a negative error number.</returns>
    public static long GetCurrentComm(Span<byte> comm) => Raw.GetCurrentComm(ref MemoryMarshal.GetReference(comm), (uint)comm.Length);

    /// <summary>Helper 35, kernel 4.8: the task, as a plain kernel address (fields are read with probe reads).</summary>
    [Helper(35)]
    public static T* GetCurrentTask<T>()
        where T : unmanaged => (T*)Managed.Call(35);

    /// <summary>Helper 158, kernel 5.11: the task, as a trusted pointer (fields are read directly).</summary>
    [Helper(158)]
    public static T* GetCurrentTaskBtf<T>()
        where T : unmanaged => (T*)Managed.Call(158);
}
