// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 80, kernel 4.18: the cgroup of the current process.</summary>
    [Helper(80)]
    public static ulong GetCurrentCgroupId() => Managed.Call(80);

    /// <summary>Helper 123, kernel 5.7: the cgroup of the current process at a level of the hierarchy, 0 for the root; 0 if it is not that deep.</summary>
    [Helper(123)]
    public static ulong GetCurrentAncestorCgroupId(int level) => Managed.Call(123, (ulong)(long)level);

    /// <summary>Helper 120, kernel 5.7: thread and process as a pid namespace sees them: device and inode are those of <c>/proc/self/ns/pid</c>.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(120)]
    public static long GetNsCurrentPidTgid(ulong device, ulong inode, bpf_pidns_info* info, uint size) => (long)Managed.Call(120, device, inode, (ulong)info, size);

    /// <summary>Helper 37, kernel 4.9: whether the current process is in the cgroup of an entry of a <see cref="CgroupArray"/>, or below.</summary>
    /// <returns>1 if it is, 0 if not, or a negative error number.</returns>
    [Helper(37)]
    public static long CurrentTaskUnderCgroup(Map map, uint index) => (long)Managed.Call(37, map.Handle, index);

    /// <summary>Helper 109, kernel 5.3: sends a signal to the current process.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(109)]
    public static long SendSignal(uint signal) => (long)Managed.Call(109, signal);

    /// <summary>Helper 117, kernel 5.6: sends a signal to the current thread.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(117)]
    public static long SendSignalThread(uint signal) => (long)Managed.Call(117, signal);

    /// <summary>Helper 8, kernel 4.1: the processor, from 0.</summary>
    [Helper(8)]
    public static uint GetSmpProcessorId() => (uint)Managed.Call(8);

    /// <summary>Helper 42, kernel 4.10: the NUMA node of the processor.</summary>
    [Helper(42)]
    public static long GetNumaNodeId() => (long)Managed.Call(42);

    /// <summary>Helper 7, kernel 4.1: a random number, not for secrets.</summary>
    [Helper(7)]
    public static uint GetPrandomU32() => (uint)Managed.Call(7);

    /// <summary>Helper 175, kernel 5.15: the user registers of a task (trusted pointer).</summary>
    [Helper(175)]
    public static pt_regs* TaskPtRegs(void* task) => (pt_regs*)Managed.Call(175, (ulong)task);

    /// <summary>Helper 180, kernel 5.17: gives the mapping around an address of a task to a callback: the address of a static method (task, vma, state) that returns 0.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(180)]
    public static long FindVma(void* task, ulong address, void* callback, void* state, ulong flags) => (long)Managed.Call(180, (ulong)task, address, (ulong)callback, (ulong)state, flags);

    /// <summary>Helper 141, kernel 5.9: the stack of a task: return addresses, innermost first. Flags as of <see cref="GetStack"/>.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(141)]
    public static long GetTaskStack(void* task, void* buffer, uint size, ulong flags) => (long)Managed.Call(141, (ulong)task, (ulong)buffer, size, flags);

    /// <summary>Helper 81, kernel 4.19: the value of a cgroup storage map for this attachment; flags are 0.</summary>
    [Helper(81)]
    public static void* GetLocalStorage(Map map, ulong flags) => (void*)Managed.Call(81, map.Handle, flags);
}
