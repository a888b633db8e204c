// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;
using TestProbes;
using Xunit;
using Engine = Nectar.Probes.Engine;

namespace Nectar.Tests.Probes;

/// <summary>Packet headers, and the walk over IPv6 extension headers.</summary>
public sealed class HeaderTests
{
    [Fact]
    public void Headers_SayWhatThePacketSays()
    {
        using HeaderProbe probe = new();
        byte[] packet = PacketBytes.Tcp(443, "");
        packet[14] = 0x46;
        packet[20] = 0x20; // more fragments
        Assert.Equal(24u | 1u << 8, Engine.Managed.Run(probe, probe.IPv4, packet));
        packet[20] = 0x00;
        packet[21] = 0x05;
        Assert.Equal(24u | 3u << 8, Engine.Managed.Run(probe, probe.IPv4, packet));
    }

    [Theory]
    [InlineData(new byte[] { }, 6, 40u | 6u << 16)]
    [InlineData(new byte[] { 6, 0, 0, 0, 0, 0, 0, 0 }, 0, 48u | 6u << 16)]
    [InlineData(new byte[] { 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 60, 56u | 17u << 16)]
    [InlineData(new byte[] { 6, 0, 0, 1, 0, 0, 0, 0 }, 44, 48u | 6u << 16)] // the first fragment has the transport header
    [InlineData(new byte[] { 6, 0, 0, 8, 0, 0, 0, 0 }, 44, 0u)]
    [InlineData(new byte[] { 58, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 51, 52u | 58u << 16)]
    [InlineData(new byte[] { 6 }, 0, 0u)]
    public void Extensions_AreSteppedOver(byte[] extensions, int next, uint expected)
    {
        using HeaderProbe probe = new();
        byte[] packet = [.. new byte[40], .. extensions];
        packet[6] = (byte)next;
        Assert.Equal(expected, Engine.Managed.Run(probe, probe.IPv6, packet));
    }

    [Fact]
    public void Extensions_WithoutEnd_AreGivenUp()
    {
        using HeaderProbe probe = new();
        byte[] packet = new byte[40 + (8 * 20)]; // hop-by-hop headers only
        Assert.Equal(0u, Engine.Managed.Run(probe, probe.IPv6, packet));
    }
}
