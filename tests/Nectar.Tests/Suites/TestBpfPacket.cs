// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Tests.Suites;

/// <summary>The packets that test_bpf.c runs its cases over: bytes, and what the kernel knows beside (populate_skb).</summary>
internal static class TestBpfPacket
{
    private const ushort EthernetIPv4 = 0x0800;
    private const byte PacketType = 3;
    private const uint Mark = 0x1234aaaa;
    private const uint Hash = 0x1234aaab;
    private const ushort Queue = 123;
    private const ushort VlanTag = 0xffff;
    private const uint InterfaceIndex = 577;
    private const ushort HardwareType = 588;
    private const int LinkHeader = 14;

    /// <summary>The packet of a subtest: the first bytes of the data, then the fragment if there is one.</summary>
    internal static byte[] Bytes(TestBpfCase test, int size)
    {
        if (test.Flags.HasFlag(TestBpfCase.Flag.NoData)) return [];
        byte[] head = test.Data[..size];
        return test.Flags.HasFlag(TestBpfCase.Flag.Fragment) ? [.. head, .. test.FragmentData] : head;
    }

    /// <summary>What a classic program sees beside the bytes.</summary>
    internal static ClassicContext ClassicContext(byte[] packet) => new()
    {
        Protocol = EthernetIPv4,
        PacketType = PacketType,
        Mark = Mark,
        Hash = Hash,
        Queue = Queue,
        VlanTag = VlanTag,
        VlanTagPresent = true,
        VlanProtocol = EthernetIPv4,
        InterfaceIndex = InterfaceIndex,
        HardwareType = HardwareType,
        LinkOffset = 0,
        NetworkOffset = Math.Min(packet.Length, LinkHeader),
        PayloadOffset = PayloadOffset(packet),
    };

    /// <summary>The same, as the fields of __sk_buff.</summary>
    internal static RunContext SocketBuffer() => new()
    {
        ["protocol"] = (EthernetIPv4 >> 8) | ((EthernetIPv4 & 255) << 8),
        ["pkt_type"] = PacketType,
        ["mark"] = Mark,
        ["hash"] = Hash,
        ["queue_mapping"] = Queue,
        ["vlan_tci"] = VlanTag,
        ["vlan_present"] = 1,
        ["vlan_proto"] = (EthernetIPv4 >> 8) | ((EthernetIPv4 & 255) << 8),
        ["ifindex"] = InterfaceIndex,
    };

    /// <summary>An object with one program.</summary>
    internal static BpfObject Object(Instruction[] code, ProgramType type)
    {
        BpfObject made = new() { Name = "test_bpf", License = "GPL" };
        FunctionDefinition entry = new() { Name = "main", Section = "test", Instructions = code };
        made.Functions.Add(entry);
        made.Programs.Add(new ProgramDefinition { Name = "main", Section = "test", Type = type, Entry = entry });
        return made;
    }

    /// <summary>Where the payload of an IPv4 packet starts, as far as the kernel's flow dissector finds it (skb_get_poff); 0 where not.</summary>
    private static uint PayloadOffset(byte[] packet)
    {
        if (packet.Length < LinkHeader + 20 || packet[LinkHeader] >> 4 != 4) return 0;
        int transport = LinkHeader + ((packet[LinkHeader] & 15) * 4);
        if (transport > packet.Length) return 0;
        return (uint)(packet[LinkHeader + 9] switch
        {
            1 or 17 => transport + 8, // ICMP, UDP
            6 when transport + 13 <= packet.Length => transport + Math.Max(20, (packet[transport + 12] & 0xf0) >> 2),
            _ => transport,
        });
    }
}
