// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Helpers of packets with references in place of addresses.</summary>
internal static unsafe class RawPacket
{
    [Helper(9)]
    internal static long SkbStoreBytes(__sk_buff* skb, uint offset, ref readonly byte from, uint length, ulong flags)
    {
        fixed (byte* f = &from) return (long)Managed.Call(9, (ulong)skb, offset, (ulong)f, length, flags);
    }

    [Helper(26)]
    internal static long SkbLoadBytes(__sk_buff* skb, uint offset, ref byte to, uint length)
    {
        fixed (byte* t = &to) return (long)Managed.Call(26, (ulong)skb, offset, (ulong)t, length);
    }

    [Helper(68)]
    internal static long SkbLoadBytesRelative(__sk_buff* skb, uint offset, ref byte to, uint length, uint header)
    {
        fixed (byte* t = &to) return (long)Managed.Call(68, (ulong)skb, offset, (ulong)t, length, header);
    }

    [Helper(189)]
    internal static long XdpLoadBytes(xdp_md* md, uint offset, ref byte to, uint length)
    {
        fixed (byte* t = &to) return (long)Managed.Call(189, (ulong)md, offset, (ulong)t, length);
    }

    [Helper(190)]
    internal static long XdpStoreBytes(xdp_md* md, uint offset, ref readonly byte from, uint length)
    {
        fixed (byte* f = &from) return (long)Managed.Call(190, (ulong)md, offset, (ulong)f, length);
    }
}
