// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Probes;

public readonly unsafe ref partial struct SkbContext
{
    /// <summary>Copies bytes out of the packet, wherever they are. Kernel 4.5.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="destination">Where to; its length is how much.</param>
    /// <returns>0, or a negative error number if the packet ends before.</returns>
    public long LoadBytes(uint offset, Span<byte> destination) => RawPacket.SkbLoadBytes(_skb, offset, ref MemoryMarshal.GetReference(destination), (uint)destination.Length);

    /// <summary>Copies a value out of the packet, wherever it is. Kernel 4.5.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="value">The value; zeros if the packet ends before.</param>
    public bool TryLoad<T>(uint offset, out T value)
        where T : unmanaged
    {
        value = default;
        return RawPacket.SkbLoadBytes(_skb, offset, ref Unsafe.As<T, byte>(ref value), (uint)sizeof(T)) == 0;
    }

    /// <summary>Copies a value out of the packet from a header on. Kernel 4.18; in cgroup programs too, whose packets begin with the network header.</summary>
    /// <param name="offset">Bytes from the header's start.</param>
    /// <param name="header">0 the link header, 1 the network header.</param>
    /// <param name="value">The value; zeros if the packet ends before.</param>
    public bool TryLoadRelative<T>(uint offset, uint header, out T value)
        where T : unmanaged
    {
        value = default;
        return RawPacket.SkbLoadBytesRelative(_skb, offset, ref Unsafe.As<T, byte>(ref value), (uint)sizeof(T), header) == 0;
    }

    /// <summary>Writes bytes into the packet. Kernel 4.1. Packets taken before are stale.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="source">What.</param>
    /// <param name="flags">1 to mend the checksum that the hardware gave, 2 to drop the flow hash (<c>BPF_F_RECOMPUTE_CSUM</c>, <c>BPF_F_INVALIDATE_HASH</c>).</param>
    /// <returns>0, or a negative error number if the packet ends before.</returns>
    public long StoreBytes(uint offset, ReadOnlySpan<byte> source, ulong flags = 0) =>
        RawPacket.SkbStoreBytes(_skb, offset, ref MemoryMarshal.GetReference(source), (uint)source.Length, flags);

    /// <summary>Writes a value into the packet. Kernel 4.1. Packets taken before are stale.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="value">What.</param>
    /// <param name="flags">As for bytes.</param>
    /// <returns>0, or a negative error number if the packet ends before.</returns>
    public long StoreBytes<T>(uint offset, in T value, ulong flags = 0)
        where T : unmanaged => RawPacket.SkbStoreBytes(_skb, offset, ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in value)), (uint)sizeof(T), flags);

    /// <summary>Mends the checksum of an IP header. Kernel 4.1.</summary>
    /// <param name="offset">Where the checksum is, from the packet's start.</param>
    /// <param name="from">The old value of what changed (0: <paramref name="to"/> is a difference from <see cref="Bpf.CsumDiff"/>).</param>
    /// <param name="to">The new value.</param>
    /// <param name="flags">Bytes of the value: 2 or 4; 0 for a difference.</param>
    /// <returns>0, or a negative error number.</returns>
    public long L3CsumReplace(uint offset, ulong from, ulong to, ulong flags) => RawSkb.L3CsumReplace(_skb, offset, from, to, flags);

    /// <summary>Mends the checksum of a TCP, UDP or ICMP header. Kernel 4.1.</summary>
    /// <param name="offset">Where the checksum is, from the packet's start.</param>
    /// <param name="from">The old value of what changed (0: <paramref name="to"/> is a difference from <see cref="Bpf.CsumDiff"/>).</param>
    /// <param name="to">The new value.</param>
    /// <param name="flags">Bytes of the value (2 or 4; 0 for a difference), with <see cref="Bpf.PseudoHeader"/>, <see cref="Bpf.MarkMangledZero"/>.</param>
    /// <returns>0, or a negative error number.</returns>
    public long L4CsumReplace(uint offset, ulong from, ulong to, ulong flags) => RawSkb.L4CsumReplace(_skb, offset, from, to, flags);

    /// <summary>Sends a copy of the packet to another interface. Kernel 4.2.</summary>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="flags">0 to send, 1 (<c>BPF_F_INGRESS</c>) to receive there.</param>
    /// <returns>0, or a negative error number.</returns>
    public long CloneRedirect(uint interfaceIndex, ulong flags = 0) => RawSkb.CloneRedirect(_skb, interfaceIndex, flags);

    /// <summary>The net_cls class of the packet's process. Kernel 4.3.</summary>
    public uint GetCgroupClassid() => RawSkb.GetCgroupClassid(_skb);

    /// <summary>Adds a VLAN tag. Kernel 4.3.</summary>
    /// <param name="protocol">The tag's EtherType as it lies in the packet: <c>BigEndian.FromHost(EtherType.Vlan)</c>.</param>
    /// <param name="tci">Priority, drop bit and VLAN, in host order.</param>
    /// <returns>0, or a negative error number.</returns>
    public long VlanPush(ushort protocol, ushort tci) => RawSkb.VlanPush(_skb, protocol, tci);

    /// <summary>Removes a VLAN tag. Kernel 4.3.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long VlanPop() => RawSkb.VlanPop(_skb);

    /// <summary>The realm of the packet's route; 0 if it has none. Kernel 4.4.</summary>
    public uint GetRouteRealm() => RawSkb.GetRouteRealm(_skb);

    /// <summary>Changes between IPv4 and IPv6; the program rewrites the header. Kernel 4.8.</summary>
    /// <param name="protocol">The new EtherType as it lies in the packet.</param>
    /// <param name="flags">0</param>
    /// <returns>0, or a negative error number.</returns>
    public long ChangeProtocol(ushort protocol, ulong flags = 0) => RawSkb.ChangeProtocol(_skb, protocol, flags);

    /// <summary>Changes for whom the packet is. Kernel 4.8.</summary>
    /// <param name="type">0 host, 1 broadcast, 2 multicast, 3 other host.</param>
    /// <returns>0, or a negative error number.</returns>
    public long ChangeType(uint type) => RawSkb.ChangeType(_skb, type);

    /// <summary>The flow hash, computed if there is none. Kernel 4.8.</summary>
    public uint GetHashRecalc() => RawSkb.GetHashRecalc(_skb);

    /// <summary>Changes the packet's length at its end. Kernel 4.9. Packets taken before are stale.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="flags">0</param>
    /// <returns>0, or a negative error number.</returns>
    public long ChangeTail(uint length, ulong flags = 0) => RawSkb.ChangeTail(_skb, length, flags);

    /// <summary>Makes the first bytes of the packet addressable. Kernel 4.9. Packets taken before are stale.</summary>
    /// <param name="length">Bytes; 0 for all.</param>
    /// <returns>0, or a negative error number.</returns>
    public long PullData(uint length) => RawSkb.PullData(_skb, length);

    /// <summary>Adds to the packet's checksum, where the hardware has given one. Kernel 4.9.</summary>
    /// <param name="difference">From <see cref="Bpf.CsumDiff"/>.</param>
    /// <returns>0, or a negative error number.</returns>
    public long CsumUpdate(uint difference) => RawSkb.CsumUpdate(_skb, difference);

    /// <summary>Drops the flow hash. Kernel 4.9.</summary>
    public void SetHashInvalid() => RawSkb.SetHashInvalid(_skb);

    /// <summary>Adds room for headers in front. Kernel 4.10. Packets taken before are stale.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="flags">0</param>
    /// <returns>0, or a negative error number.</returns>
    public long ChangeHead(uint length, ulong flags = 0) => RawSkb.ChangeHead(_skb, length, flags);

    /// <summary>A number of the packet's socket that no other has; 0 without one. Kernel 4.12.</summary>
    public ulong GetSocketCookie() => RawSkb.GetSocketCookie(_skb);

    /// <summary>The owner of the packet's socket; the overflow id without one. Kernel 4.12.</summary>
    public uint GetSocketUid() => RawSkb.GetSocketUid(_skb);

    /// <summary>Sets the flow hash. Kernel 4.13.</summary>
    /// <param name="hash">The hash.</param>
    /// <returns>0, or a negative error number.</returns>
    public long SetHash(uint hash) => RawSkb.SetHash(_skb, hash);

    /// <summary>Grows or shrinks the packet behind its link or network header. Kernel 4.13. Packets taken before are stale.</summary>
    /// <param name="difference">Bytes; negative to shrink.</param>
    /// <param name="mode">0 behind the network header, 1 behind the link header (<c>BPF_ADJ_ROOM_*</c>).</param>
    /// <param name="flags"><c>BPF_F_ADJ_ROOM_*</c></param>
    /// <returns>0, or a negative error number.</returns>
    public long AdjustRoom(int difference, uint mode, ulong flags = 0) => RawSkb.AdjustRoom(_skb, difference, mode, flags);

    /// <summary>The cgroup of the packet's socket. Kernel 4.18.</summary>
    public ulong GetCgroupId() => RawSkb.GetCgroupId(_skb);

    /// <summary>The cgroup of the packet's socket at a level of the hierarchy. Kernel 4.19.</summary>
    /// <param name="level">0 for the root.</param>
    public ulong GetAncestorCgroupId(int level) => RawSkb.GetAncestorCgroupId(_skb, level);

    /// <summary>Marks congestion, if the packet says that its ends understand: 1 if it is marked. Kernel 5.1.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long EcnSetCe() => RawSkb.EcnSetCe(_skb);

    /// <summary>A number of the packet's network namespace that no other has. Kernel 5.14.</summary>
    public ulong GetNetnsCookie() => RawSkb.GetNetnsCookie(_skb);

    /// <summary>How many checksums the hardware has verified: asks or changes. Kernel 5.8.</summary>
    /// <param name="level">0 ask, 1 one more, 2 one less, 3 none (<c>BPF_CSUM_LEVEL_*</c>).</param>
    /// <returns>0, or a negative error number.</returns>
    public long CsumLevel(ulong level) => RawSkb.CsumLevel(_skb, level);

    /// <summary>Sets the packet's time and what clock it is of. Kernel 5.18.</summary>
    /// <param name="timestamp">Nanoseconds.</param>
    /// <param name="type">0 none, 1 the monotonic clock of a delivery time.</param>
    /// <returns>0, or a negative error number.</returns>
    public long SetTimestamp(ulong timestamp, uint type) => RawSkb.SetTimestamp(_skb, timestamp, type);
}
