// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>The Internet checksum (RFC 1071, RFC 1624) with the kernel's conventions.</summary>
internal static unsafe class ChecksumHelpers
{
    private const ulong SizeMask = 0xf, PseudoHeader = 0x10, MarkMangled = 0x20, MarkEnforce = 0x40, Ipv6 = 0x80;

    internal static ulong L3Replace(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((r5 & ~SizeMask) != 0) return Error(Errno.EINVAL);
        if (!IsContext(state, 1, r1)) return 0;
        if (Locate(state, r2) is not { } at) return Error(Errno.EFAULT);
        return Replace((ushort*)at, r3, r4, r5 & SizeMask);
    }

    internal static ulong L4Replace(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((r5 & ~(SizeMask | PseudoHeader | MarkMangled | MarkEnforce | Ipv6)) != 0) return Error(Errno.EINVAL);
        if (!IsContext(state, 1, r1)) return 0;
        if (Locate(state, r2) is not { } at) return Error(Errno.EFAULT);
        ushort* sum = (ushort*)at;
        bool mangled = (r5 & MarkMangled) != 0;
        if (mangled && (r5 & MarkEnforce) == 0 && *sum == 0) return 0;
        // A two-byte change is widened first, as inet_proto_csum_replace2 does.
        ulong result = (r5 & SizeMask) == 2 ? Replace(sum, (ushort)r3, (ushort)r4, 4) : Replace(sum, r3, r4, r5 & SizeMask);
        if (result == 0 && mangled && *sum == 0) *sum = 0xffff;
        return result;
    }

    internal static ulong Diff(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        uint fromSize = (uint)r2, toSize = (uint)r4, seed = (uint)r5;
        if (((fromSize | toSize) & 3) != 0) return Error(Errno.EINVAL);
        if (!Readable(state, 1, r1, fromSize) || !Readable(state, 3, r3, toSize)) return 0;
        if (fromSize != 0 && toSize != 0) return From32To16(Sub(Partial(r3, toSize, seed), Partial(r1, fromSize, 0)));
        if (toSize != 0) return From32To16(Partial(r3, toSize, seed));
        return fromSize != 0 ? From32To16(~Partial(r1, fromSize, ~seed)) : seed;
    }

    /// <summary>Packets here come without a checksum from hardware, so there is none to update.</summary>
    internal static ulong Update(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Error(Errno.ENOTSUPP);

    internal static ulong Level(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        RunSession session = VmSupport.Session(state);
        switch (r2)
        {
            case 0: return session.ChecksumLevel < 0 ? Error(Errno.EACCES) : (ulong)session.ChecksumLevel;
            case 1: session.ChecksumLevel = Math.Min(3, session.ChecksumLevel + 1); return 0;
            case 2: session.ChecksumLevel = Math.Max(-1, session.ChecksumLevel - 1); return 0;
            case 3: session.ChecksumLevel = -1; return 0;
            default: return Error(Errno.EINVAL);
        }
    }

    private static ulong? Locate(VmState* state, ulong offset)
    {
        uint at = (uint)offset;
        return at > 0xffff || (at & 1) != 0 || (ulong)at + 2 > state->PacketEnd - state->PacketStart ? null : state->PacketStart + at;
    }

    private static ulong Replace(ushort* sum, ulong from, ulong to, ulong size)
    {
        switch (size)
        {
            case 0 when from != 0: return Error(Errno.EINVAL);
            case 0: *sum = Fold(Add((uint)to, ~(uint)*sum)); return 0;
            case 2:
                uint next = (ushort)~*sum + (uint)(ushort)~(ushort)from;
                next = (next & 0xffff) + (next >> 16);
                next += (ushort)to;
                *sum = (ushort)~((next & 0xffff) + (next >> 16));
                return 0;
            case 4: *sum = Fold(Add(Sub(~(uint)*sum, (uint)from), (uint)to)); return 0;
            default: return Error(Errno.EINVAL);
        }
    }

    private static uint Add(uint a, uint b) => a + b < a ? a + b + 1 : a + b;

    private static uint Sub(uint a, uint b) => Add(a, ~b);

    private static ushort Fold(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }

    private static ushort From32To16(uint sum) => (ushort)((sum + ((sum >> 16) | (sum << 16))) >> 16);

    private static uint Partial(ulong address, uint size, uint seed)
    {
        ulong sum = seed;
        for (uint i = 0; i < size; i += 4) sum += *(uint*)(address + i);
        sum = (uint)sum + (sum >> 32);
        return (uint)(sum + (sum >> 32));
    }
}
