// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 4, kernel 4.1: reads memory of kernel or process, before kernel 5.5.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(4)]
    public static long ProbeRead(void* destination, uint size, void* source) => Managed.Read(ref *(byte*)destination, size, source);

    /// <summary>Helper 45, kernel 4.11: reads a string of kernel or process, before kernel 5.5.</summary>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    [Helper(45)]
    public static long ProbeReadStr(void* destination, uint size, void* source) => Managed.ReadString(ref *(byte*)destination, size, source);

    /// <summary>Helper 112, kernel 5.5: reads memory of the process.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(112)]
    public static long ProbeReadUser(void* destination, uint size, void* source) => Managed.Read(ref *(byte*)destination, size, source);

    /// <summary>Helper 113, kernel 5.5: reads memory of the kernel.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(113)]
    public static long ProbeReadKernel(void* destination, uint size, void* source) => Managed.Read(ref *(byte*)destination, size, source);

    /// <summary>Helper 114, kernel 5.5: reads a string of the process.</summary>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    [Helper(114)]
    public static long ProbeReadUserStr(void* destination, uint size, void* source) => Managed.ReadString(ref *(byte*)destination, size, source);

    /// <summary>Helper 115, kernel 5.5: reads a string of the kernel.</summary>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    [Helper(115)]
    public static long ProbeReadKernelStr(void* destination, uint size, void* source) => Managed.ReadString(ref *(byte*)destination, size, source);

    /// <summary>Helper 36, kernel 4.8: writes memory of the process. For experiments: the kernel logs a warning when such a program is loaded.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(36)]
    public static long ProbeWriteUser(void* destination, void* source, uint size) => (long)Managed.Call(36, (ulong)destination, (ulong)source, size);

    /// <summary>Helper 148, kernel 5.10: reads memory of the process, and sleeps if it has to be fetched: sleepable programs.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(148)]
    public static long CopyFromUser(void* destination, uint size, void* source) => Managed.Read(ref *(byte*)destination, size, source);

    /// <summary>Helper 191, kernel 5.18: reads memory of another task: sleepable programs; flags are 0.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(191)]
    public static long CopyFromUserTask(void* destination, uint size, void* source, void* task, ulong flags) => (long)Managed.Call(191, (ulong)destination, size, (ulong)source, (ulong)task, flags);

    /// <summary>Helper 153, kernel 5.10: the address of a per-CPU variable of the kernel on a processor; null if there is no such processor.</summary>
    [Helper(153)]
    public static void* PerCpuPtr(void* variable, uint cpu) => (void*)Managed.Call(153, (ulong)variable, cpu);

    /// <summary>Helper 154, kernel 5.10: the address of a per-CPU variable of the kernel on this processor.</summary>
    [Helper(154)]
    public static void* ThisCpuPtr(void* variable) => (void*)Managed.Call(154, (ulong)variable);

    /// <summary>Helper 174, kernel 5.15: the number that the link was made with.</summary>
    [Helper(174)]
    public static ulong GetAttachCookie(void* context) => Managed.Call(174, (ulong)context);

    /// <summary>Helper 173, kernel 5.15: the address of the traced function.</summary>
    [Helper(173)]
    public static ulong GetFuncIp(void* context) => Managed.Call(173, (ulong)context);

    /// <summary>Helper 183, kernel 5.17: an argument of the traced function.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(183)]
    public static long GetFuncArg(void* context, uint index, ulong* value) => (long)Managed.Call(183, (ulong)context, index, (ulong)value);

    /// <summary>Helper 184, kernel 5.17: the result of the traced function.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(184)]
    public static long GetFuncRet(void* context, ulong* value) => (long)Managed.Call(184, (ulong)context, (ulong)value);

    /// <summary>Helper 185, kernel 5.17: how many arguments the traced function has.</summary>
    /// <returns>The number.</returns>
    [Helper(185)]
    public static long GetFuncArgCnt(void* context) => (long)Managed.Call(185, (ulong)context);

    /// <summary>Helper 58, kernel 4.16: makes the probed function return at once; functions that allow error injection only.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(58)]
    public static long OverrideReturn(pt_regs* registers, ulong result) => (long)Managed.Call(58, (ulong)registers, result);

    /// <summary>Helper 186, kernel 5.18: the error that programs before this one chose (cgroup programs).</summary>
    [Helper(186)]
    public static int GetRetval() => (int)Managed.Call(186);

    /// <summary>Helper 187, kernel 5.18: chooses the error (cgroup programs): 0 or negative.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(187)]
    public static int SetRetval(int result) => (int)Managed.Call(187, (ulong)(long)result);

    /// <summary>Helper 147, kernel 5.10: the full name of a path of the kernel (trusted pointer); functions on a list only.</summary>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    [Helper(147)]
    public static long DPath(void* path, void* buffer, uint size) => (long)Managed.Call(147, (ulong)path, (ulong)buffer, size);

    /// <summary>Helper 162, kernel 5.11: the socket of a file; null if it is none.</summary>
    [Helper(162)]
    public static void* SockFromFile(void* file) => (void*)Managed.Call(162, (ulong)file);

    /// <summary>Helper 159, kernel 5.11: sets options of a program that is started: 1 for secure execution.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(159)]
    public static long BprmOptsSet(void* binary, ulong flags) => (long)Managed.Call(159, (ulong)binary, flags);

    /// <summary>Helper 161, kernel 5.11: the measured hash of an inode.</summary>
    /// <returns>The algorithm, or a negative error number.</returns>
    [Helper(161)]
    public static long ImaInodeHash(void* inode, void* buffer, uint size) => (long)Managed.Call(161, (ulong)inode, (ulong)buffer, size);

    /// <summary>Helper 193, kernel 5.18: the measured hash of a file, computed if there is none.</summary>
    /// <returns>The algorithm, or a negative error number.</returns>
    [Helper(193)]
    public static long ImaFileHash(void* file, void* buffer, uint size) => (long)Managed.Call(193, (ulong)file, (ulong)buffer, size);

    /// <summary>Helper 194, kernel 5.19: puts a pointer to a kernel object into a map's value and gives the one that was there.</summary>
    [Helper(194)]
    public static void* KptrXchg(void** slot, void* pointer) => (void*)Managed.Call(194, (ulong)slot, (ulong)pointer);

    /// <summary>Helper 166, kernel 5.14: the bpf system call, for syscall programs.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(166)]
    public static long SysBpf(uint command, void* attributes, uint size) => (long)Managed.Call(166, command, (ulong)attributes, size);

    /// <summary>Helper 167, kernel 5.14: finds a type of the kernel or of a module, for syscall programs.</summary>
    /// <returns>The type's number, with the module's in the upper half; or a negative error number.</returns>
    [Helper(167)]
    public static long BtfFindByNameKind(byte* name, int nameSize, uint kind, int flags) => (long)Managed.Call(167, (ulong)name, (ulong)(long)nameSize, kind, (ulong)(long)flags);

    /// <summary>Helper 168, kernel 5.14: closes a descriptor, for syscall programs.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(168)]
    public static long SysClose(uint descriptor) => (long)Managed.Call(168, descriptor);

    /// <summary>Helper 179, kernel 5.16: the address of a kernel symbol, for syscall programs.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(179)]
    public static long KallsymsLookupName(byte* name, int nameSize, int flags, ulong* address) => (long)Managed.Call(179, (ulong)name, (ulong)(long)nameSize, (ulong)(long)flags, (ulong)address);

    /// <summary>Helper 119, kernel 5.7: branches that the processor recorded before the sample.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(119)]
    public static long ReadBranchRecords(void* context, void* buffer, uint size, ulong flags) => (long)Managed.Call(119, (ulong)context, (ulong)buffer, size, flags);

    /// <summary>Helper 176, kernel 5.16: branches that the processor has recorded.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(176)]
    public static long GetBranchSnapshot(void* buffer, uint size, ulong flags) => (long)Managed.Call(176, (ulong)buffer, size, flags);

    /// <summary>Helper 56, kernel 4.15: the counter of the sampled event.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(56)]
    public static long PerfProgReadValue(void* context, bpf_perf_event_value* value, uint size) => (long)Managed.Call(56, (ulong)context, (ulong)value, size);
}
