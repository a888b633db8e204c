// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;
using TestProbes;
using Xunit;
using Engine = Nectar.Probes.Engine;

namespace Nectar.Tests.Probes;

/// <summary>What the programs of <see cref="MapPrograms"/> give on any engine.</summary>
internal static class MapProgramCases
{
    internal static void Run(Engine engine)
    {
        using MapPrograms probe = new();
        byte[] packet = new byte[60];
        Assert.Equal(9u, engine.Run(probe, probe.Hashes, packet));
        Assert.Equal((uint)((61 * 7) + (10 * 3) + (20 * 4) + 3), engine.Run(probe, probe.Walks, packet));
        Assert.Equal(22u, engine.Run(probe, probe.Queues, packet));
        Assert.Equal(1u, engine.Run(probe, probe.Sets, packet));
        Assert.Equal(21u, engine.Run(probe, probe.Tries, packet));
        Assert.Equal(10u, engine.Run(probe, probe.Timers, packet));
        Assert.Equal(77u, engine.Run(probe, probe.Inners, packet));
        Assert.Equal(1u, engine.Run(probe, probe.Rings, packet));
        Assert.Equal(103u, engine.Run(probe, probe.Rings, new byte[14]));
        Assert.Equal(11u, engine.Run(probe, probe.Globals, packet));
        Assert.Equal(20u, engine.Run(probe, probe.Globals, packet));
        Assert.Equal((uint)XdpAction.Drop, engine.Run(probe, probe.Redirects, packet));
        foreach ((string text, uint expected) in new[] { ("GET /", 1u), ("PUT /", 2u), ("SHOX", 3u), ("HEAD", 4u) })
        {
            System.Text.Encoding.ASCII.GetBytes(text, packet);
            // The kernel strips the link header for socket filters.
            byte[] sent = engine == Engine.Kernel ? [.. new byte[14], .. packet] : packet;
            Assert.True(engine.Run(probe, probe.Text, sent) == expected, text);
            packet.AsSpan().Clear();
        }
    }
}
