// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Classic;

/// <summary>
/// What a filter can know about a packet beside its bytes. The default is a packet of which nothing else is known: all
/// values 0, no interface, no headers found.
/// </summary>
public struct ClassicContext
{
    /// <summary>The EtherType, in host order.</summary>
    public ushort Protocol { get; set; }

    /// <summary>The packet type (PACKET_HOST 0 to PACKET_OUTGOING 4).</summary>
    public byte PacketType { get; set; }

    /// <summary>The index of the network interface; 0 for none: then loading it or the hardware type ends the program with A, as in Linux.</summary>
    public uint InterfaceIndex { get; set; }

    /// <summary>The mark.</summary>
    public uint Mark { get; set; }

    /// <summary>The queue.</summary>
    public ushort Queue { get; set; }

    /// <summary>The hardware type of the interface (ARPHRD_*).</summary>
    public ushort HardwareType { get; set; }

    /// <summary>The flow hash.</summary>
    public uint Hash { get; set; }

    /// <summary>The processor.</summary>
    public uint Cpu { get; set; }

    /// <summary>The VLAN tag (TCI) that the hardware stripped.</summary>
    public ushort VlanTag { get; set; }

    /// <summary>True if there was such a tag.</summary>
    public bool VlanTagPresent { get; set; }

    /// <summary>The EtherType of the tag, in host order.</summary>
    public ushort VlanProtocol { get; set; }

    /// <summary>The offset of the payload behind all headers.</summary>
    public uint PayloadOffset { get; set; }

    /// <summary>Where the random numbers of a run start; the same seed gives the same run.</summary>
    public uint RandomSeed { get; set; }

    /// <summary>Index in the data of the packet's offset 0: what lies before is reachable only through the header offsets.</summary>
    public int Start { get; set; }

    /// <summary>Offset of the network header from the packet's offset 0 (may be negative); null if unknown, then loads relative to it return 0.</summary>
    public int? NetworkOffset { get; set; }

    /// <summary>Offset of the link header from the packet's offset 0 (may be negative); null if unknown, then loads relative to it return 0.</summary>
    public int? LinkOffset { get; set; }
}

/// <summary>Where Linux and libpcap do not do the same for the same program.</summary>
public enum ClassicSemantics : byte
{
    /// <summary>
    /// The kernel: shifts by X use its low five bits; X + K wraps at 32 bits; ancillary values and header-relative offsets exist.
    /// </summary>
    Linux,

    /// <summary>
    /// libpcap's filter in user space: shifts by 32 or more give 0; X + K does not wrap; of the ancillary values only the
    /// VLAN tag and its presence exist, every other negative offset ends the program with 0.
    /// </summary>
    Libpcap,
}
