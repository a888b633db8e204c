// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Capture.Pcap;

/// <summary>
/// What a packet starts with, by the numbers of capture files (LINKTYPE_*, tcpdump.org/linktypes.html). Any number is
/// possible; these are the ones with a name here.
/// </summary>
public enum LinkType : ushort
{
    /// <summary>BSD loopback: address family in the byte order of the capturing machine.</summary>
    Null = 0,

    /// <summary>Ethernet.</summary>
    Ethernet = 1,

    /// <summary>PPP.</summary>
    Ppp = 9,

    /// <summary>IPv4 or IPv6 without a link header.</summary>
    Raw = 101,

    /// <summary>IEEE 802.11.</summary>
    Ieee80211 = 105,

    /// <summary>Frame relay.</summary>
    FrameRelay = 107,

    /// <summary>OpenBSD loopback: address family in network order.</summary>
    Loop = 108,

    /// <summary>Linux cooked capture, version 1.</summary>
    LinuxSll = 113,

    /// <summary>OpenBSD packet filter log.</summary>
    PfLog = 117,

    /// <summary>802.11 with a radiotap header.</summary>
    Ieee80211Radiotap = 127,

    /// <summary>802.11 with PPI.</summary>
    Ppi = 192,

    /// <summary>IPv4.</summary>
    IPv4 = 228,

    /// <summary>IPv6.</summary>
    IPv6 = 229,

    /// <summary>Netlink, with a cooked header.</summary>
    Netlink = 253,

    /// <summary>Linux cooked capture, version 2.</summary>
    LinuxSll2 = 276,
}
