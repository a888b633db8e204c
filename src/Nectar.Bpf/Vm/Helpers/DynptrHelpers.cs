// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>
/// Dynptrs: 16 bytes on the program's stack, laid out as the kernel does: address, then size with type and read-only bit, then offset. The
/// bytes are the program's to spoil, so what they claim is tested at every use.
/// </summary>
internal static unsafe class DynptrHelpers
{
    private const uint MaxSize = (1 << 24) - 1, ReadOnlyBit = 1u << 31, TypeMask = 7u << 28;
    private const uint Local = 1u << 28, Ring = 2u << 28, Packet = 3u << 28;

    internal static ulong FromMemory(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Writable(state, 4, r4, 16)) return 0;
        if ((uint)r2 > MaxSize) return Clear(r4, Errno.E2BIG);
        if (r3 != 0) return Clear(r4, Errno.EINVAL);
        return Writable(state, 1, r1, (uint)r2) ? Set(r4, r1, (uint)r2 | Local) : 0;
    }

    internal static ulong RingReserve(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map<VmRingBuffer>(state, 1, r1) is not { } ring || !Writable(state, 4, r4, 16)) return 0;
        if (r3 != 0) return Clear(r4, Errno.EINVAL);
        if ((uint)r2 > MaxSize) return Clear(r4, Errno.E2BIG);
        byte* record = ring.Reserve((uint)r2, 0);
        if (record == null) return Clear(r4, Errno.EINVAL);
        VmSupport.Session(state).Hold((ulong)record, (uint)r2, ring);
        return Set(r4, (ulong)record, (uint)r2 | Ring);
    }

    internal static ulong RingSubmit(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => RingCommit(state, r1, r2, false);

    internal static ulong RingDiscard(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => RingCommit(state, r1, r2, true);

    internal static ulong FromPacket(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1) || !Writable(state, 3, r3, 16)) return 0;
        return r2 != 0 ? Clear(r3, Errno.EINVAL) : Set(r3, state->Context, (uint)Math.Min(MaxSize, state->PacketEnd - state->PacketStart) | Packet);
    }

    internal static ulong Read(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Writable(state, 1, r1, (uint)r2) || !Readable(state, 3, r3, 16)) return 0;
        if (*(ulong*)r3 == 0 || r5 != 0) return Error(Errno.EINVAL);
        if (!Inside(r3, (uint)r4, (uint)r2)) return Error(Errno.E2BIG);
        ulong from = Address(state, r3, (uint)r4);
        if (!Readable(state, 3, from, (uint)r2)) return 0;
        Buffer.MemoryCopy((void*)from, (void*)r1, (uint)r2, (uint)r2);
        return 0;
    }

    internal static ulong Write(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Readable(state, 1, r1, 16) || !Readable(state, 3, r3, (uint)r4)) return 0;
        uint head = ((uint*)r1)[2];
        if (*(ulong*)r1 == 0 || (head & ReadOnlyBit) != 0 || (r5 != 0 && (head & TypeMask) != Packet)) return Error(Errno.EINVAL);
        if (!Inside(r1, (uint)r2, (uint)r4)) return Error(Errno.E2BIG);
        ulong to = Address(state, r1, (uint)r2);
        if (!Writable(state, 1, to, (uint)r4)) return 0;
        Buffer.MemoryCopy((void*)r3, (void*)to, (uint)r4, (uint)r4);
        return 0;
    }

    internal static ulong Data(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Readable(state, 1, r1, 16)) return 0;
        uint head = ((uint*)r1)[2];
        if (*(ulong*)r1 == 0 || (head & ReadOnlyBit) != 0 || (head & TypeMask) == Packet || !Inside(r1, (uint)r2, (uint)r3)) return 0;
        return Address(state, r1, (uint)r2);
    }

    /// <summary>bpf_dynptr_slice(ptr, offset, buffer, size): packets here are in one piece, so the buffer is never needed.</summary>
    internal static ulong Slice(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Readable(state, 1, r1, 16)) return 0;
        return *(ulong*)r1 == 0 || !Inside(r1, (uint)r2, (uint)r4) ? 0 : Address(state, r1, (uint)r2);
    }

    internal static ulong SliceToWrite(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Readable(state, 1, r1, 16)) return 0;
        return (((uint*)r1)[2] & ReadOnlyBit) != 0 ? 0 : Slice(r1, r2, r3, r4, r5, state);
    }

    internal static ulong Adjust(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint start = (uint)r2, end = (uint)r3;
        if (!Writable(state, 1, r1, 16)) return 0;
        if (*(ulong*)r1 == 0 || start > end) return Error(Errno.EINVAL);
        uint size = SizeOf(r1);
        if (start > size || end > size) return Error(Errno.ERANGE);
        ((uint*)r1)[2] = (((uint*)r1)[2] & ~MaxSize) | (end - start);
        ((uint*)r1)[3] += start;
        return 0;
    }

    internal static ulong IsNull(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Readable(state, 1, r1, 16) && *(ulong*)r1 == 0 ? 1u : 0;

    internal static ulong IsReadOnly(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Readable(state, 1, r1, 16) && *(ulong*)r1 != 0 && (((uint*)r1)[2] & ReadOnlyBit) != 0 ? 1u : 0;

    internal static ulong Size(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Readable(state, 1, r1, 16)) return 0;
        return *(ulong*)r1 == 0 ? Error(Errno.EINVAL) : SizeOf(r1);
    }

    internal static ulong CloneTo(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Readable(state, 1, r1, 16) || !Writable(state, 2, r2, 16)) return 0;
        if (*(ulong*)r1 == 0) return Clear(r2, Errno.EINVAL);
        ((ulong*)r2)[0] = ((ulong*)r1)[0];
        ((ulong*)r2)[1] = ((ulong*)r1)[1];
        return 0;
    }

    /// <summary>Makes a dynptr for memory that is known to be the program's.</summary>
    internal static void MakeLocal(ulong pointer, ulong data, uint size) => Set(pointer, data, Math.Min(size, MaxSize) | Local);

    private static uint SizeOf(ulong pointer) => ((uint*)pointer)[2] & MaxSize;

    private static bool Inside(ulong pointer, uint offset, uint length)
    {
        uint size = SizeOf(pointer);
        return length <= size && offset <= size - length;
    }

    private static ulong Address(VmState* state, ulong pointer, uint offset)
    {
        ulong start = (((uint*)pointer)[2] & TypeMask) == Packet ? state->PacketStart : *(ulong*)pointer;
        return start + ((uint*)pointer)[3] + offset;
    }

    private static ulong Set(ulong pointer, ulong data, uint head)
    {
        *(ulong*)pointer = data;
        ((uint*)pointer)[2] = head;
        ((uint*)pointer)[3] = 0;
        return 0;
    }

    private static ulong Clear(ulong pointer, Errno errno)
    {
        Set(pointer, 0, 0);
        return Error(errno);
    }

    private static ulong RingCommit(VmState* state, ulong pointer, ulong flags, bool discard)
    {
        if (!Writable(state, 1, pointer, 16)) return 0;
        ulong record = *(ulong*)pointer;
        if (record == 0) return 0;
        Set(pointer, 0, 0);
        return RingHelpers.Commit(state, record, flags, discard);
    }
}
