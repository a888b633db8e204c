// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Probes;

/// <summary>EtherTypes, in host order.</summary>
public static class EtherType
{
    /// <summary>IPv4</summary>
    public const ushort IPv4 = 0x0800;

    /// <summary>ARP</summary>
    public const ushort Arp = 0x0806;

    /// <summary>VLAN tag (802.1Q)</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>IPv6</summary>
    public const ushort IPv6 = 0x86dd;

    /// <summary>MPLS</summary>
    public const ushort Mpls = 0x8847;

    /// <summary>PPPoE session</summary>
    public const ushort PppoeSession = 0x8864;

    /// <summary>Provider VLAN tag (802.1ad)</summary>
    public const ushort ProviderVlan = 0x88a8;

    /// <summary>LLDP</summary>
    public const ushort Lldp = 0x88cc;
}

/// <summary>A hardware address.</summary>
[InlineArray(6)]
public struct MacAddress
{
    private byte _first;

    /// <summary>True for group addresses: multicast and broadcast.</summary>
    public readonly bool IsMulticast => (this[0] & 1) != 0;

    /// <inheritdoc/>
    public readonly override string ToString() => $"{this[0]:x2}:{this[1]:x2}:{this[2]:x2}:{this[3]:x2}:{this[4]:x2}:{this[5]:x2}";
}

/// <summary>The Ethernet header, 14 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct EthernetHeader
{
    /// <summary>Bytes of the header.</summary>
    public const uint Size = 14;

    /// <summary>Who shall get the frame.</summary>
    public MacAddress Destination;

    /// <summary>Who sent it.</summary>
    public MacAddress Source;

    /// <summary>What follows, see <see cref="EtherType"/>.</summary>
    public BigEndian16 Type;
}

/// <summary>A VLAN tag, 4 bytes behind an EtherType of <see cref="EtherType.Vlan"/>.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct VlanTag
{
    /// <summary>Bytes of the tag.</summary>
    public const uint Size = 4;

    /// <summary>Priority, drop bit and VLAN.</summary>
    public BigEndian16 Control;

    /// <summary>What follows, see <see cref="EtherType"/>.</summary>
    public BigEndian16 Type;

    /// <summary>The VLAN, 0 to 4095.</summary>
    public readonly uint Id => (uint)Control & 0xfff;

    /// <summary>The priority, 0 to 7.</summary>
    public readonly uint Priority => (uint)Control >> 13;
}

/// <summary>An ARP message for IPv4 over Ethernet, 28 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct ArpHeader
{
    /// <summary>Bytes of the message.</summary>
    public const uint Size = 28;

    /// <summary>1 for Ethernet.</summary>
    public BigEndian16 HardwareType;

    /// <summary><see cref="EtherType.IPv4"/></summary>
    public BigEndian16 ProtocolType;

    /// <summary>6</summary>
    public byte HardwareLength;

    /// <summary>4</summary>
    public byte ProtocolLength;

    /// <summary>1 for a request, 2 for a reply.</summary>
    public BigEndian16 Operation;

    /// <summary>The sender's hardware address.</summary>
    public MacAddress SenderHardware;

    /// <summary>The sender's address.</summary>
    public BigEndian32 Sender;

    /// <summary>The target's hardware address; zeros in a request.</summary>
    public MacAddress TargetHardware;

    /// <summary>The target's address.</summary>
    public BigEndian32 Target;
}
