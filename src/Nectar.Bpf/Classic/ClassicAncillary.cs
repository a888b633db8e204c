// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Classic;

/// <summary>
/// Values beside the packet that Linux reads through absolute loads at negative offsets (<c>SKF_AD_*</c> of
/// uapi/linux/filter.h); the number is the distance from <see cref="ClassicAncillaryTable.Base"/>.
/// </summary>
public enum ClassicAncillary : byte
{
    /// <summary>The EtherType, in host order.</summary>
    Protocol = 0,

    /// <summary>To this host 0, broadcast 1, multicast 2, to another host 3, outgoing 4.</summary>
    PacketType = 4,

    /// <summary>The index of the network interface; a packet without one ends the program with A.</summary>
    InterfaceIndex = 8,

    /// <summary>The offset of the netlink attribute of type X, searched from offset A; 0 if there is none.</summary>
    NetlinkAttribute = 12,

    /// <summary>The same, inside the attribute at offset A.</summary>
    NestedNetlinkAttribute = 16,

    /// <summary>The mark of the packet.</summary>
    Mark = 20,

    /// <summary>The transmit or receive queue.</summary>
    Queue = 24,

    /// <summary>The hardware type of the interface (ARPHRD_*); a packet without one ends the program with A.</summary>
    HardwareType = 28,

    /// <summary>The flow hash.</summary>
    Hash = 32,

    /// <summary>The processor that runs the filter.</summary>
    Cpu = 36,

    /// <summary>A xor X: not a load, but written as one before there was an instruction.</summary>
    XorX = 40,

    /// <summary>The VLAN tag (TCI) that the hardware stripped.</summary>
    VlanTag = 44,

    /// <summary>1 if there was such a tag.</summary>
    VlanTagPresent = 48,

    /// <summary>The offset of the payload behind all headers.</summary>
    PayloadOffset = 52,

    /// <summary>A random number.</summary>
    Random = 56,

    /// <summary>The EtherType of the stripped tag.</summary>
    VlanProtocol = 60,
}

/// <summary>The names and offsets of <see cref="ClassicAncillary"/>.</summary>
public static class ClassicAncillaryTable
{
    /// <summary>The offset of the first ancillary value (<c>SKF_AD_OFF</c>, -0x1000).</summary>
    public const uint Base = 0xfffff000;

    /// <summary>Offsets from here up to <see cref="Base"/> count from the network header (<c>SKF_NET_OFF</c>, -0x100000).</summary>
    public const uint NetworkBase = 0xfff00000;

    /// <summary>Offsets from here up to <see cref="NetworkBase"/> count from the link header (<c>SKF_LL_OFF</c>, -0x200000).</summary>
    public const uint LinkBase = 0xffe00000;

    // libpcap's names; the index is the value / 4.
    private static readonly string[] s_names =
        ["proto", "type", "ifidx", "nla", "nlan", "mark", "queue", "hatype", "rxhash", "cpu", "xor_x", "vlan_tci", "vlanp", "poff", "random", "vlan_tpid"];

    /// <summary>True if an absolute load at <paramref name="offset"/> reads an ancillary value.</summary>
    public static bool TryFind(uint offset, out ClassicAncillary value)
    {
        uint distance = offset - Base;
        value = (ClassicAncillary)distance;
        return offset >= Base && distance < 64 && distance % 4 == 0;
    }

    /// <summary>The name in listings, as libpcap prints it (<c>vlanp</c>).</summary>
    public static string NameOf(ClassicAncillary value) => s_names[(int)value / 4];

    /// <summary>Finds a value by its name in listings.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out ClassicAncillary value)
    {
        int index = -1;
        for (int i = 0; i < s_names.Length; i++)
        {
            if (name.SequenceEqual(s_names[i])) index = i;
        }

        value = (ClassicAncillary)(Math.Max(index, 0) * 4);
        return index >= 0;
    }
}
