// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Packets of socket filters and traffic control (<c>__sk_buff</c>).</summary>
internal static unsafe class SkbHelpers
{
    private const int EthernetHeader = 14;
    private const uint MaxLength = 65535;

    // Offsets in __sk_buff.
    private const int LengthField = 0, TypeField = 4, ProtocolField = 16, VlanPresent = 20, VlanTci = 24, VlanProto = 28, HashField = 68;

    internal static ulong LoadBytes(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Load(state, r1, (uint)r2, r3, (uint)r4, 0);

    internal static ulong LoadBytesRelative(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((uint)r5 > 1) return Fail(state, r3, (uint)r4, Errno.EFAULT);
        return Load(state, r1, (uint)r2, r3, (uint)r4, (uint)r5 == 1 ? EthernetHeader : 0u);
    }

    internal static ulong StoreBytes(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint offset = (uint)r2, length = (uint)r4;
        if ((r5 & ~3ul) != 0) return Error(Errno.EINVAL);
        if (offset > int.MaxValue) return Error(Errno.EFAULT);
        if (!IsContext(state, 1, r1) || !Readable(state, 3, r3, length)) return 0;
        if ((ulong)offset + length > Length(state)) return Error(Errno.EFAULT);
        Buffer.MemoryCopy((void*)r3, (byte*)state->PacketStart + offset, length, length);
        if ((r5 & 2) != 0) Field(state, HashField) = 0;
        return 0;
    }

    internal static ulong PullData(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => IsContext(state, 1, r1) && (uint)r2 > Length(state) ? Error(Errno.ENOMEM) : 0;

    internal static ulong ChangeTail(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint length = (uint)r2;
        if (!IsContext(state, 1, r1)) return 0;
        if (r3 != 0 || length > MaxLength || length < EthernetHeader) return Error(Errno.EINVAL);
        int grow = (int)length - (int)Length(state);
        if (grow > 0)
        {
            VmSupport.Session(state).Reserve(0, grow);
            new Span<byte>((void*)state->PacketEnd, grow).Clear();
        }

        state->PacketEnd = (ulong)((long)state->PacketEnd + grow);
        Changed(state);
        return 0;
    }

    internal static ulong ChangeHead(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint head = (uint)r2;
        if (!IsContext(state, 1, r1)) return 0;
        if (r3 != 0 || head > MaxLength || head + Length(state) > MaxLength) return Error(Errno.EINVAL);
        VmSupport.Session(state).Reserve((int)head, 0);
        state->PacketStart -= head;
        state->PacketMeta = state->PacketStart;
        new Span<byte>((void*)state->PacketStart, (int)head).Clear();
        Changed(state);
        return 0;
    }

    internal static ulong ChangeType(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        if ((uint)r2 > 3 || Field(state, TypeField) > 3) return Error(Errno.EINVAL);
        Field(state, TypeField) = (uint)r2;
        return 0;
    }

    internal static ulong ChangeProto(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        const ushort ipv4 = 0x0008, ipv6 = 0xdd86;
        if (!IsContext(state, 1, r1)) return 0;
        if (r3 != 0) return Error(Errno.EINVAL);
        ushort from = (ushort)Field(state, ProtocolField), to = (ushort)r2;
        if (from == ipv4 && to == ipv6) Insert(state, EthernetHeader, 20);
        else if (from == ipv6 && to == ipv4 && Length(state) >= EthernetHeader + 20) Remove(state, EthernetHeader, 20);
        else return Error(Errno.ENOTSUPP);
        Field(state, ProtocolField) = to;
        return 0;
    }

    internal static ulong AdjustRoom(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        int difference = (int)r2;
        if (!IsContext(state, 1, r1)) return 0;
        if ((r4 & ~0x1fful & ~(0xfful << 56)) != 0) return Error(Errno.EINVAL);
        int size = Math.Abs(difference);
        if (size > 0xfff) return Error(Errno.EFAULT);
        int header = (ushort)Field(state, ProtocolField) switch { 0x0008 => 20, 0xdd86 => 40, _ => 0 };
        if (header == 0) return Error(Errno.ENOTSUPP);
        int offset = EthernetHeader;
        if ((uint)r3 == 0) offset += header;
        else if ((uint)r3 != 1) return Error(Errno.ENOTSUPP);
        int after = (int)Length(state) - EthernetHeader;
        if (difference < 0 ? size >= after || after - size < header : Length(state) + (uint)size > MaxLength) return Error(Errno.ENOTSUPP);
        if (difference > 0) Insert(state, offset, size);
        else if (difference < 0) Remove(state, offset, size);
        return 0;
    }

    internal static ulong VlanPush(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        if (Field(state, VlanPresent) != 0)
        {
            // The tag that was beside the packet goes into it, as when hardware has no room for a second.
            if (Length(state) < EthernetHeader) return Error(Errno.EINVAL);
            Insert(state, 12, 4);
            byte* tag = (byte*)state->PacketStart + 12;
            *(ushort*)tag = (ushort)Field(state, VlanProto);
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(tag + 2, 2), (ushort)Field(state, VlanTci));
            Field(state, ProtocolField) = *(ushort*)tag;
        }

        ushort proto = (ushort)r2;
        Field(state, VlanPresent) = 1;
        Field(state, VlanTci) = (ushort)r3;
        Field(state, VlanProto) = IsVlan(proto) ? proto : 0x0081u;
        return 0;
    }

    internal static ulong VlanPop(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        if (Field(state, VlanPresent) != 0) ClearTag(state);
        else if (IsVlan((ushort)Field(state, ProtocolField))) TakeTag(state);
        else return 0;
        if (!IsVlan((ushort)Field(state, ProtocolField)) || Length(state) < EthernetHeader + 4) return 0;
        ushort proto = (ushort)Field(state, ProtocolField);
        ushort tci = TakeTag(state);
        Field(state, VlanPresent) = 1;
        Field(state, VlanTci) = tci;
        Field(state, VlanProto) = proto;
        return 0;
    }

    internal static ulong GetHashRecalc(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        if (Field(state, HashField) != 0) return Field(state, HashField);
        uint hash = 2166136261; // FNV-1a over the headers: the kernel's own is keyed at boot, no program can know it
        foreach (byte b in new ReadOnlySpan<byte>((void*)state->PacketStart, (int)Math.Min(54, Length(state)))) hash = (hash ^ b) * 16777619;
        return Field(state, HashField) = hash | 1;
    }

    internal static ulong SetHashInvalid(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (IsContext(state, 1, r1)) Field(state, HashField) = 0;
        return 0;
    }

    internal static ulong SetHash(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (IsContext(state, 1, r1)) Field(state, HashField) = (uint)r2;
        return 0;
    }

    /// <summary>Length of the packet.</summary>
    internal static uint Length(VmState* state) => (uint)(state->PacketEnd - state->PacketStart);

    /// <summary>The packet moved or changed its length.</summary>
    private static void Changed(VmState* state)
    {
        Field(state, LengthField) = Length(state);
        state->ResetSlots();
    }

    private static ref uint Field(VmState* state, int offset) => ref *(uint*)(state->Context + (uint)offset);

    private static bool IsVlan(ushort protocol) => protocol is 0x0081 or 0xa888;

    private static void ClearTag(VmState* state) => Field(state, VlanPresent) = Field(state, VlanTci) = Field(state, VlanProto) = 0;

    /// <summary>Takes the tag that is in the packet out of it.</summary>
    private static ushort TakeTag(VmState* state)
    {
        if (Length(state) < EthernetHeader + 4) return 0;
        byte* packet = (byte*)state->PacketStart;
        ushort tci = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(packet + 14, 2));
        uint protocol = *(ushort*)(packet + 16);
        Remove(state, 12, 4);
        Field(state, ProtocolField) = protocol;
        return tci;
    }

    private static void Insert(VmState* state, int offset, int size)
    {
        VmSupport.Session(state).Reserve(size, 0);
        byte* old = (byte*)state->PacketStart;
        state->PacketStart -= (uint)size;
        state->PacketMeta = state->PacketStart;
        Buffer.MemoryCopy(old, (void*)state->PacketStart, offset, offset);
        new Span<byte>((byte*)state->PacketStart + offset, size).Clear();
        Changed(state);
    }

    private static void Remove(VmState* state, int offset, int size)
    {
        Buffer.MemoryCopy((byte*)state->PacketStart, (byte*)state->PacketStart + size, offset, offset);
        state->PacketStart += (uint)size;
        state->PacketMeta = state->PacketStart;
        Changed(state);
    }

    private static ulong Load(VmState* state, ulong r1, uint offset, ulong to, uint length, uint from)
    {
        if (!IsContext(state, 1, r1) || !Writable(state, 3, to, length)) return 0;
        ulong at = (ulong)offset + from;
        if (offset > int.MaxValue || at + length > Length(state)) return Fail(state, to, length, Errno.EFAULT);
        Buffer.MemoryCopy((byte*)state->PacketStart + at, (void*)to, length, length);
        return 0;
    }

    private static ulong Fail(VmState* state, ulong to, uint length, Errno errno)
    {
        if (!Writable(state, 3, to, length)) return 0;
        new Span<byte>((void*)to, (int)length).Clear();
        return Error(errno);
    }
}
