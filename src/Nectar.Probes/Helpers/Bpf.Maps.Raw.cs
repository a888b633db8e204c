// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 1, kernel 3.19: the value of a key; null if it is not there.</summary>
    [Helper(1)]
    public static void* MapLookupElem(Map map, void* key) => map.Memory.LookupPointer((byte*)key, Managed.Cpu);

    /// <summary>Helper 2, kernel 3.19: sets the value of a key; flags are <see cref="MapUpdate"/>.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(2)]
    public static long MapUpdateElem(Map map, void* key, void* value, ulong flags) => map.Memory.UpdateFromProgram((byte*)key, (byte*)value, flags, Managed.Cpu);

    /// <summary>Helper 3, kernel 3.19: removes a key.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(3)]
    public static long MapDeleteElem(Map map, void* key) => map.Memory.DeleteFromProgram((byte*)key);

    /// <summary>Helper 87, kernel 4.20: adds a value to a queue, stack or bloom filter.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(87)]
    public static long MapPushElem(Map map, void* value, ulong flags) => map.Memory.Push((byte*)value, flags);

    /// <summary>Helper 88, kernel 4.20: takes a value from a queue or stack.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(88)]
    public static long MapPopElem(Map map, void* value) => map.Memory.Pop((byte*)value);

    /// <summary>Helper 89, kernel 4.20: looks at the value that would be taken; of a bloom filter, asks for one.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(89)]
    public static long MapPeekElem(Map map, void* value) => map.Memory.Peek((byte*)value);

    /// <summary>Helper 195, kernel 5.19: the value of a key on a given processor; null if it is not there.</summary>
    [Helper(195)]
    public static void* MapLookupPercpuElem(Map map, void* key, uint cpu) => cpu < (uint)map.Memory.CpuCount ? map.Memory.LookupPointer((byte*)key, cpu) : null;

    /// <summary>Helper 12, kernel 4.2: goes on in a program of an array and does not come back, unless the entry is empty or 33 such calls were made. On the CLR entries are empty.</summary>
    /// <returns>A negative error number, if it comes back.</returns>
    [Helper(12)]
    public static long TailCall(void* context, Map map, uint index) => (long)Errno.NoEnt;

    /// <summary>Helper 51, kernel 4.14: the packet goes where an entry of a redirect map says; return its result.</summary>
    [Helper(51)]
    public static long RedirectMap(Map map, ulong key, ulong flags) => (long)Managed.Call(51, map.Handle, key, flags);

    /// <summary>Helper 25, kernel 4.4: sends a record through a <see cref="PerfEventArray{T}"/>.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(25)]
    public static long PerfEventOutput(void* context, Map map, ulong flags, void* data, ulong size) => (long)Managed.Call(25, (ulong)context, map.Handle, flags, (ulong)data, size);

    /// <summary>Helper 111, kernel 5.5: the same for tracing programs, whose packet is a trusted pointer.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(111)]
    public static long SkbOutput(void* skb, Map map, ulong flags, void* data, ulong size) => (long)Managed.Call(111, (ulong)skb, map.Handle, flags, (ulong)data, size);

    /// <summary>Helper 121, kernel 5.7: the same for tracing programs, whose packet is a trusted pointer.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(121)]
    public static long XdpOutput(void* buffer, Map map, ulong flags, void* data, ulong size) => (long)Managed.Call(121, (ulong)buffer, map.Handle, flags, (ulong)data, size);

    /// <summary>Helper 22, kernel 4.3: a counter of a perf event array; the processor is in the flags.</summary>
    [Helper(22)]
    public static ulong PerfEventRead(Map map, ulong flags) => Managed.Call(22, map.Handle, flags);

    /// <summary>Helper 55, kernel 4.15: a counter of a perf event array, with the time it ran.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(55)]
    public static long PerfEventReadValue(Map map, ulong flags, bpf_perf_event_value* value, uint size) => (long)Managed.Call(55, map.Handle, flags, (ulong)value, size);

    /// <summary>Helper 27, kernel 4.6: puts the current stack into a <see cref="StackTraceMap"/>.</summary>
    /// <returns>The stack's number, or a negative error number.</returns>
    [Helper(27)]
    public static long GetStackId(void* context, Map map, ulong flags) => (long)Managed.Call(27, (ulong)context, map.Handle, flags);

    /// <summary>Helper 67, kernel 4.18: the current stack: return addresses, innermost first. Flags: frames to skip in the low 8 bits, <c>BPF_F_USER_STACK</c> (256), <c>BPF_F_USER_BUILD_ID</c> (2048).</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(67)]
    public static long GetStack(void* context, void* buffer, uint size, ulong flags) => (long)Managed.Call(67, (ulong)context, (ulong)buffer, size, flags);

    /// <summary>Helper 131, kernel 5.8: reserves a record of constant size; null if there is no room. See <see cref="RingBuffer{T}.Reserve()"/>.</summary>
    [Helper(131)]
    public static void* RingbufReserve(Map map, ulong size, ulong flags) => (void*)Managed.Call(131, map.Handle, size, flags);

    /// <summary>Helper 132, kernel 5.8: publishes a record; flags are <see cref="RingBufferWakeup"/>.</summary>
    [Helper(132)]
    public static void RingbufSubmit(void* record, ulong flags) => Managed.Call(132, (ulong)record, flags);

    /// <summary>Helper 133, kernel 5.8: discards a record.</summary>
    [Helper(133)]
    public static void RingbufDiscard(void* record, ulong flags) => Managed.Call(133, (ulong)record, flags);

    /// <summary>Helper 130, kernel 5.8: copies a record into a ring.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(130)]
    public static long RingbufOutput(Map map, void* data, ulong size, ulong flags) => (long)Managed.Call(130, map.Handle, (ulong)data, size, flags);

    /// <summary>Helper 107, kernel 5.2: the value kept with a socket; with flag 1 it is made, from <c>initial</c> or zeros.</summary>
    [Helper(107)]
    public static void* SkStorageGet(Map map, void* socket, void* initial, ulong flags) => (void*)Managed.Call(107, map.Handle, (ulong)socket, (ulong)initial, flags);

    /// <summary>Helper 108, kernel 5.2: forgets the value kept with a socket.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(108)]
    public static long SkStorageDelete(Map map, void* socket) => (long)Managed.Call(108, map.Handle, (ulong)socket);

    /// <summary>Helper 145, kernel 5.10: the value kept with an inode; with flag 1 it is made, from <c>initial</c> or zeros.</summary>
    [Helper(145)]
    public static void* InodeStorageGet(Map map, void* inode, void* initial, ulong flags) => (void*)Managed.Call(145, map.Handle, (ulong)inode, (ulong)initial, flags);

    /// <summary>Helper 146, kernel 5.10: forgets the value kept with an inode.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(146)]
    public static long InodeStorageDelete(Map map, void* inode) => (long)Managed.Call(146, map.Handle, (ulong)inode);

    /// <summary>Helper 156, kernel 5.11: the value kept with a task; with flag 1 it is made, from <c>initial</c> or zeros.</summary>
    [Helper(156)]
    public static void* TaskStorageGet(Map map, void* task, void* initial, ulong flags) => (void*)Managed.Call(156, map.Handle, (ulong)task, (ulong)initial, flags);

    /// <summary>Helper 157, kernel 5.11: forgets the value kept with a task.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(157)]
    public static long TaskStorageDelete(Map map, void* task) => (long)Managed.Call(157, map.Handle, (ulong)task);

    /// <summary>Helper 210, kernel 6.2: the value kept with a cgroup; with flag 1 it is made, from <c>initial</c> or zeros.</summary>
    [Helper(210)]
    public static void* CgroupStorageGet(Map map, void* cgroup, void* initial, ulong flags) => (void*)Managed.Call(210, map.Handle, (ulong)cgroup, (ulong)initial, flags);

    /// <summary>Helper 211, kernel 6.2: forgets the value kept with a cgroup.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(211)]
    public static long CgroupStorageDelete(Map map, void* cgroup) => (long)Managed.Call(211, map.Handle, (ulong)cgroup);
}
