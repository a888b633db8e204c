// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Tests.Classic;

/// <summary>Filter expressions that the tests let tcpdump compile, with the link type to compile for.</summary>
internal static class FilterExpressions
{
    public static readonly (string Link, string Expression)[] All =
    [
        .. new[]
        {
            "", "ip", "ip6", "arp", "rarp", "tcp", "udp", "icmp", "icmp6", "sctp", "host 10.0.0.1", "src host 10.1.2.3", "dst net 192.168.0.0/16",
            "net 10.0.0.0/8", "ip6 host 2001:db8::1", "net 2001:db8::/32", "port 53", "tcp port 80", "tcp dst port 443", "udp src port 53",
            "portrange 6000-6008", "host 10.0.0.1 and port 53", "tcp port 80 or tcp port 443", "port 22 or port 80 or port 443", "not port 22",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[13] = 18", "ether host 00:11:22:33:44:55", "ether broadcast", "ether multicast", "ip multicast",
            "vlan", "vlan 100", "vlan 100 and tcp port 80", "vlan and vlan and ip", "mpls", "mpls 100 and ip", "pppoed", "pppoes 7 and ip", "geneve", "geneve 5 and ip",
            "ip6 protochain 6", "ip protochain 51", "len > 1000", "greater 200", "less 60", "ip[2:2] * 4 / 3 = 10", "ip[6:2] & 0x1fff != 0", "ip[0] << 4 >> 2 | 1 = 5",
            "ip[8] % 5 = 2 or ip[9] ^ 3 = 7", "(ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2) != 0", "-ip[4:4] = 7", "llc", "iso", "isis", "atalk", "decnet host 1.7",
            "ether proto 0x88cc", "ip proto 47", "1/2=1/3&&1>4/5", "net 10.0.0.0/8 and not arp and greater 500",
        }.Select(e => ("EN10MB", e)),
        ("RAW", "tcp port 80"), ("RAW", "ip6 and udp"), ("LINUX_SLL", "tcp port 80"), ("LINUX_SLL", "inbound"), ("LINUX_SLL2", "ifindex 3"), ("NULL", "host 127.0.0.1"),
        ("LOOP", "ip6"), ("PPP", "ip"), ("IEEE802_11", "type mgt subtype beacon"), ("IEEE802_11_RADIO", "wlan addr1 00:11:22:33:44:55"), ("IEEE802_11_RADIO", "tcp port 80"),
        ("SUNATM", "vpi 3"), ("MTP2", "sio 5"), ("PFLOG", "action pass"), ("PPI", "link[0] = 5"), ("SLIP", "outbound"),
    ];
}
