// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Packets of XDP programs (<c>xdp_md</c>), with the kernel's limits for a driver of one page per packet.</summary>
internal static unsafe class XdpHelpers
{
    private const int EthernetHeader = 14;

    /// <summary>Most bytes of metadata: what fits in the 8-bit field that carries its length, rounded down to 4.</summary>
    private const ulong MaxMetadata = 252;

    internal static ulong AdjustHead(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        ulong low = VmSupport.Session(state).PacketLow + RunSession.FrameHeader;
        ulong metadata = state->PacketStart - state->PacketMeta;
        ulong data = state->PacketStart + (ulong)(long)(int)r2;
        if (data < low + metadata || data + EthernetHeader > state->PacketEnd) return Error(Errno.EINVAL);
        if (metadata > 0) Buffer.MemoryCopy((void*)state->PacketMeta, (void*)(data - metadata), metadata, metadata);
        state->PacketMeta = data - metadata;
        state->PacketStart = data;
        state->ResetSlots();
        return 0;
    }

    internal static ulong AdjustTail(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        int offset = (int)r2;
        ulong end = state->PacketEnd + (ulong)(long)offset;
        if (end > VmSupport.Session(state).PacketHigh || end < state->PacketStart + EthernetHeader) return Error(Errno.EINVAL);
        if (offset > 0) new Span<byte>((void*)state->PacketEnd, offset).Clear();
        state->PacketEnd = end;
        state->ResetSlots();
        return 0;
    }

    internal static ulong AdjustMeta(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        ulong meta = state->PacketMeta + (ulong)(long)(int)r2;
        if (meta < VmSupport.Session(state).PacketLow + RunSession.FrameHeader || meta > state->PacketStart) return Error(Errno.EINVAL);
        ulong length = state->PacketStart - meta;
        if ((length & 3) != 0 || length > MaxMetadata) return Error(Errno.EACCES);
        state->PacketMeta = meta;
        state->ResetSlots();
        return 0;
    }

    internal static ulong GetBuffLen(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => IsContext(state, 1, r1) ? state->PacketEnd - state->PacketStart : 0;

    internal static ulong LoadBytes(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint offset = (uint)r2, length = (uint)r4;
        if (!IsContext(state, 1, r1) || !Writable(state, 3, r3, length)) return 0;
        if (Check(state, offset, length) is var errno and not Errno.None) return Error(errno);
        Buffer.MemoryCopy((byte*)state->PacketStart + offset, (void*)r3, length, length);
        return 0;
    }

    internal static ulong StoreBytes(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint offset = (uint)r2, length = (uint)r4;
        if (!IsContext(state, 1, r1) || !Readable(state, 3, r3, length)) return 0;
        if (Check(state, offset, length) is var errno and not Errno.None) return Error(errno);
        Buffer.MemoryCopy((void*)r3, (byte*)state->PacketStart + offset, length, length);
        return 0;
    }

    private static Errno Check(VmState* state, uint offset, uint length) =>
        offset > 0xffff || length > 0xffff ? Errno.EFAULT : (ulong)offset + length > state->PacketEnd - state->PacketStart ? Errno.EINVAL : Errno.None;
}
