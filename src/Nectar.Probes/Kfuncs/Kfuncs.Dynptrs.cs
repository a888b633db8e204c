// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Kfuncs
{
    /// <summary><c>bpf_dynptr_from_skb</c>, kernel 6.4: the whole packet, wherever its bytes are; flags are 0.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_dynptr_from_skb")]
    public static int DynptrFromSkb(__sk_buff* skb, ulong flags, bpf_dynptr* pointer) => (int)Managed.CallKernel("bpf_dynptr_from_skb", (ulong)skb, flags, (ulong)pointer);

    /// <summary><c>bpf_dynptr_from_xdp</c>, kernel 6.4: the whole packet, from whatever buffers; flags are 0.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_dynptr_from_xdp")]
    public static int DynptrFromXdp(xdp_md* md, ulong flags, bpf_dynptr* pointer) => (int)Managed.CallKernel("bpf_dynptr_from_xdp", (ulong)md, flags, (ulong)pointer);

    /// <summary><c>bpf_dynptr_slice</c>, kernel 6.4: bytes to read, of a constant size: in place, or copied to the buffer; null if they are not there.</summary>
    [Kfunc("bpf_dynptr_slice")]
    public static void* DynptrSlice(bpf_dynptr* pointer, uint offset, void* buffer, uint size) => (void*)Managed.CallKernel("bpf_dynptr_slice", (ulong)pointer, offset, (ulong)buffer, size);

    /// <summary><c>bpf_dynptr_slice_rdwr</c>, kernel 6.4: bytes to write, of a constant size: in place, or copied to the buffer, which is then to be written back; null if they are not there.</summary>
    [Kfunc("bpf_dynptr_slice_rdwr")]
    public static void* DynptrSliceToWrite(bpf_dynptr* pointer, uint offset, void* buffer, uint size) => (void*)Managed.CallKernel("bpf_dynptr_slice_rdwr", (ulong)pointer, offset, (ulong)buffer, size);

    /// <summary><c>bpf_dynptr_adjust</c>, kernel 6.5: narrows a dynptr.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_dynptr_adjust")]
    public static int DynptrAdjust(bpf_dynptr* pointer, uint start, uint end) => (int)Managed.CallKernel("bpf_dynptr_adjust", (ulong)pointer, start, end);

    /// <summary><c>bpf_dynptr_is_null</c>, kernel 6.5: whether there is nothing.</summary>
    [Kfunc("bpf_dynptr_is_null")]
    public static bool DynptrIsNull(bpf_dynptr* pointer) => (byte)Managed.CallKernel("bpf_dynptr_is_null", (ulong)pointer) != 0;

    /// <summary><c>bpf_dynptr_is_rdonly</c>, kernel 6.5: whether it can only be read.</summary>
    [Kfunc("bpf_dynptr_is_rdonly")]
    public static bool DynptrIsReadOnly(bpf_dynptr* pointer) => (byte)Managed.CallKernel("bpf_dynptr_is_rdonly", (ulong)pointer) != 0;

    /// <summary><c>bpf_dynptr_size</c>, kernel 6.5: its bytes.</summary>
    [Kfunc("bpf_dynptr_size")]
    public static uint DynptrSize(bpf_dynptr* pointer) => (uint)Managed.CallKernel("bpf_dynptr_size", (ulong)pointer);

    /// <summary><c>bpf_dynptr_clone</c>, kernel 6.5: a second dynptr to the same bytes.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_dynptr_clone")]
    public static int DynptrClone(bpf_dynptr* pointer, bpf_dynptr* clone) => (int)Managed.CallKernel("bpf_dynptr_clone", (ulong)pointer, (ulong)clone);

    /// <summary><c>bpf_dynptr_copy</c>, kernel 6.15: copies bytes from one to another.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_dynptr_copy")]
    public static int DynptrCopy(bpf_dynptr* destination, uint destinationOffset, bpf_dynptr* source, uint sourceOffset, uint size) => (int)Managed.CallKernel("bpf_dynptr_copy", (ulong)destination, destinationOffset, (ulong)source, sourceOffset, size);
}
