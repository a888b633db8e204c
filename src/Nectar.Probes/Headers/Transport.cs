// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Probes;

/// <summary>Flags of a TCP segment.</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>None</summary>
    None = 0,

    /// <summary>The sender is done.</summary>
    Fin = 1,

    /// <summary>Opens a connection.</summary>
    Syn = 2,

    /// <summary>Refuses or breaks a connection.</summary>
    Rst = 4,

    /// <summary>Deliver now.</summary>
    Psh = 8,

    /// <summary>The acknowledgement number counts.</summary>
    Ack = 16,

    /// <summary>The urgent pointer counts.</summary>
    Urg = 32,

    /// <summary>Congestion was seen.</summary>
    Ece = 64,

    /// <summary>The window was reduced.</summary>
    Cwr = 128,
}

/// <summary>The TCP header without options, 20 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct TcpHeader
{
    /// <summary>Bytes of the header without options.</summary>
    public const uint Size = 20;

    /// <summary>The sender's port.</summary>
    public BigEndian16 Source;

    /// <summary>The receiver's port.</summary>
    public BigEndian16 Destination;

    /// <summary>The number of the first byte of data.</summary>
    public BigEndian32 Sequence;

    /// <summary>The number of the byte that is expected next.</summary>
    public BigEndian32 Acknowledgement;

    /// <summary>Header length in words, in the upper four bits.</summary>
    public byte DataOffset;

    /// <summary>Flags.</summary>
    public TcpFlags Flags;

    /// <summary>Bytes that the sender can take, before scaling.</summary>
    public BigEndian16 Window;

    /// <summary>The checksum.</summary>
    public BigEndian16 Checksum;

    /// <summary>The urgent pointer.</summary>
    public BigEndian16 Urgent;

    /// <summary>Bytes of the header with its options: 20 to 60 in valid segments.</summary>
    public readonly uint HeaderLength => (uint)(DataOffset >> 4) * 4;
}

/// <summary>The UDP header, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct UdpHeader
{
    /// <summary>Bytes of the header.</summary>
    public const uint Size = 8;

    /// <summary>The sender's port.</summary>
    public BigEndian16 Source;

    /// <summary>The receiver's port.</summary>
    public BigEndian16 Destination;

    /// <summary>Bytes of header and data.</summary>
    public BigEndian16 Length;

    /// <summary>The checksum; 0 over IPv4: none.</summary>
    public BigEndian16 Checksum;
}

/// <summary>The ICMP header, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct IcmpHeader
{
    /// <summary>Bytes of the header.</summary>
    public const uint Size = 8;

    /// <summary>0 echo reply, 3 unreachable, 8 echo request, 11 time exceeded.</summary>
    public byte Type;

    /// <summary>More about the type.</summary>
    public byte Code;

    /// <summary>The checksum.</summary>
    public BigEndian16 Checksum;

    /// <summary>In echoes: whose.</summary>
    public BigEndian16 Id;

    /// <summary>In echoes: which. In "fragmentation needed": the MTU.</summary>
    public BigEndian16 Sequence;
}

/// <summary>The ICMPv6 header, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct IcmpV6Header
{
    /// <summary>Bytes of the header.</summary>
    public const uint Size = 8;

    /// <summary>1 unreachable, 2 too big, 128 echo request, 129 echo reply, 133 to 137 neighbour discovery.</summary>
    public byte Type;

    /// <summary>More about the type.</summary>
    public byte Code;

    /// <summary>The checksum.</summary>
    public BigEndian16 Checksum;

    /// <summary>In echoes identifier and number; in "too big" the MTU.</summary>
    public BigEndian32 Data;
}

/// <summary>The DNS header, 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct DnsHeader
{
    /// <summary>Bytes of the header.</summary>
    public const uint Size = 12;

    /// <summary>Identification.</summary>
    public BigEndian16 Id;

    /// <summary>Flags, operation and result.</summary>
    public BigEndian16 Flags;

    /// <summary>Questions that follow.</summary>
    public BigEndian16 Questions;

    /// <summary>Answers that follow.</summary>
    public BigEndian16 Answers;

    /// <summary>Records of authority that follow.</summary>
    public BigEndian16 Authorities;

    /// <summary>Additional records that follow.</summary>
    public BigEndian16 Additional;

    /// <summary>True for an answer, false for a query.</summary>
    public readonly bool IsResponse => (Flags.Raw & 0x80) != 0;

    /// <summary>0 for success, 2 server failure, 3 no such name, 5 refused.</summary>
    public readonly uint ResponseCode => (uint)Flags & 15;

    /// <summary>True if the message was cut off.</summary>
    public readonly bool IsTruncated => (Flags.Raw & 0x02) != 0;
}
