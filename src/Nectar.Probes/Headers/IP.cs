// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Probes;

/// <summary>Numbers of protocols over IP, and of IPv6 extension headers.</summary>
public static class IPProtocol
{
    /// <summary>IPv6 hop-by-hop options</summary>
    public const byte HopByHop = 0;

    /// <summary>ICMP</summary>
    public const byte Icmp = 1;

    /// <summary>IGMP</summary>
    public const byte Igmp = 2;

    /// <summary>IPv4 in IP</summary>
    public const byte IPv4 = 4;

    /// <summary>TCP</summary>
    public const byte Tcp = 6;

    /// <summary>UDP</summary>
    public const byte Udp = 17;

    /// <summary>IPv6 in IP</summary>
    public const byte IPv6 = 41;

    /// <summary>IPv6 routing header</summary>
    public const byte Routing = 43;

    /// <summary>IPv6 fragment header</summary>
    public const byte Fragment = 44;

    /// <summary>GRE</summary>
    public const byte Gre = 47;

    /// <summary>ESP</summary>
    public const byte Esp = 50;

    /// <summary>Authentication header</summary>
    public const byte Authentication = 51;

    /// <summary>ICMPv6</summary>
    public const byte IcmpV6 = 58;

    /// <summary>IPv6: nothing follows</summary>
    public const byte None = 59;

    /// <summary>IPv6 destination options</summary>
    public const byte DestinationOptions = 60;

    /// <summary>SCTP</summary>
    public const byte Sctp = 132;
}

/// <summary>The IPv4 header without options, 20 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct IPv4Header
{
    /// <summary>Bytes of the header without options.</summary>
    public const uint Size = 20;

    /// <summary>Version (4) and header length in words.</summary>
    public byte VersionIhl;

    /// <summary>Type of service: DSCP and ECN.</summary>
    public byte Tos;

    /// <summary>Bytes of header and data.</summary>
    public BigEndian16 Length;

    /// <summary>Identification, for fragments.</summary>
    public BigEndian16 Id;

    /// <summary>Flags and the fragment's offset in 8 bytes.</summary>
    public BigEndian16 FragmentOffset;

    /// <summary>Hops left.</summary>
    public byte Ttl;

    /// <summary>What follows, see <see cref="IPProtocol"/>.</summary>
    public byte Protocol;

    /// <summary>The header's checksum.</summary>
    public BigEndian16 Checksum;

    /// <summary>The sender.</summary>
    public BigEndian32 Source;

    /// <summary>The receiver.</summary>
    public BigEndian32 Destination;

    /// <summary>Bytes of the header with its options: 20 to 60 in valid packets.</summary>
    public readonly uint HeaderLength => (uint)(VersionIhl & 15) * 4;

    /// <summary>4</summary>
    public readonly uint Version => (uint)VersionIhl >> 4;

    /// <summary>True for all fragments but a whole packet.</summary>
    public readonly bool IsFragment => (FragmentOffset.Raw & 0xff3f) != 0;

    /// <summary>True for fragments that do not begin with the transport header.</summary>
    public readonly bool IsLaterFragment => (FragmentOffset.Raw & 0xff1f) != 0;
}

/// <summary>An IPv6 address.</summary>
[InlineArray(16)]
public struct IPv6Address
{
    private byte _first;

    /// <summary>The first eight bytes as they lie in the packet.</summary>
    public readonly ulong High => Unsafe.ReadUnaligned<ulong>(in _first);

    /// <summary>The last eight bytes as they lie in the packet.</summary>
    public readonly ulong Low => Unsafe.ReadUnaligned<ulong>(in Unsafe.Add(ref Unsafe.AsRef(in _first), 8));

    /// <inheritdoc/>
    public readonly override string ToString() => new System.Net.IPAddress(this).ToString();
}

/// <summary>The IPv6 header, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct IPv6Header
{
    /// <summary>Bytes of the header.</summary>
    public const uint Size = 40;

    /// <summary>Version (6), traffic class and flow label.</summary>
    public BigEndian32 VersionClassFlow;

    /// <summary>Bytes behind this header, extension headers included.</summary>
    public BigEndian16 PayloadLength;

    /// <summary>What follows, see <see cref="IPProtocol"/> and <see cref="IPv6Extensions"/>.</summary>
    public byte NextHeader;

    /// <summary>Hops left.</summary>
    public byte HopLimit;

    /// <summary>The sender.</summary>
    public IPv6Address Source;

    /// <summary>The receiver.</summary>
    public IPv6Address Destination;

    /// <summary>6</summary>
    public readonly uint Version => (uint)VersionClassFlow >> 28;

    /// <summary>The flow label, 20 bits.</summary>
    public readonly uint FlowLabel => (uint)VersionClassFlow & 0xfffff;
}

/// <summary>The first bytes of an IPv6 extension header.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct IPv6Extension
{
    /// <summary>What follows.</summary>
    public byte NextHeader;

    /// <summary>Length in 8 bytes, less 1; of an authentication header in 4 bytes, less 2; unused in a fragment header.</summary>
    public byte Length;

    /// <summary>In a fragment header: the offset in 8 bytes and flags.</summary>
    public BigEndian16 FragmentOffset;
}
