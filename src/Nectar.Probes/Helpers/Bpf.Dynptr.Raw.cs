// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 197, kernel 5.19: memory of a map with a length that is only known at run time; flags are 0.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(197)]
    public static long DynptrFromMem(void* data, uint size, ulong flags, bpf_dynptr* pointer) => (long)Managed.Call(197, (ulong)data, size, flags, (ulong)pointer);

    /// <summary>Helper 198, kernel 5.19: reserves a record whose size is only known at run time. It must be submitted or discarded even if this fails.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(198)]
    public static long RingbufReserveDynptr(Map map, uint size, ulong flags, bpf_dynptr* pointer) => (long)Managed.Call(198, map.Handle, size, flags, (ulong)pointer);

    /// <summary>Helper 199, kernel 5.19: publishes such a record.</summary>
    [Helper(199)]
    public static void RingbufSubmitDynptr(bpf_dynptr* pointer, ulong flags) => Managed.Call(199, (ulong)pointer, flags);

    /// <summary>Helper 200, kernel 5.19: discards such a record.</summary>
    [Helper(200)]
    public static void RingbufDiscardDynptr(bpf_dynptr* pointer, ulong flags) => Managed.Call(200, (ulong)pointer, flags);

    /// <summary>Helper 201, kernel 5.19: copies out of a dynptr.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(201)]
    public static long DynptrRead(void* destination, uint size, bpf_dynptr* source, uint offset, ulong flags) => (long)Managed.Call(201, (ulong)destination, size, (ulong)source, offset, flags);

    /// <summary>Helper 202, kernel 5.19: copies into a dynptr.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(202)]
    public static long DynptrWrite(bpf_dynptr* destination, uint offset, void* source, uint size, ulong flags) => (long)Managed.Call(202, (ulong)destination, offset, (ulong)source, size, flags);

    /// <summary>Helper 203, kernel 5.19: part of a dynptr, of a constant size; null if it is not there.</summary>
    [Helper(203)]
    public static void* DynptrData(bpf_dynptr* pointer, uint offset, uint size) => (void*)Managed.Call(203, (ulong)pointer, offset, size);
}
