// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;
using TestProbes;
using Xunit;
using Engine = Nectar.Probes.Engine;

namespace Nectar.Tests.Probes;

/// <summary>Programs that leave by the abort exit, and what helpers do to packets.</summary>
public sealed class AbortTests
{
    [Fact]
    public void IndexOutOfRange_AbortsWithTheKindsResult_AndDisposes()
    {
        using Oddities probe = new();
        ProbeRun<XdpAction> run = Engine.Managed.RunInFull(probe, probe.Overruns, new byte[60]);
        Assert.Equal(XdpAction.Aborted, run.Verdict);
        Assert.IsType<IndexOutOfRangeException>(run.Abort);
        Assert.Empty(probe.Events.ReadAll());
        Assert.Equal(0, probe.Events.Reader.Reader.Available);
    }

    [Fact]
    public void DivisionByZero_AbortsWithTheKindsResult()
    {
        using Oddities probe = new();
        Assert.Equal(TcAction.Unspec, Engine.Managed.Run(probe, probe.Divides, new byte[14]));
        Assert.Equal(TcAction.Queued, Engine.Managed.Run(probe, probe.Divides, new byte[16]));
    }

    [Fact]
    public void Loops_CallBackAndCount()
    {
        using Oddities probe = new();
        Assert.Equal(XdpAction.Tx, Engine.Managed.Run(probe, probe.Loops, new byte[14]));
        Assert.True(probe.Values.TryGet(0, out ulong sum));
        Assert.Equal(10ul + 300, sum);
        Assert.False(probe.Values.TryFind(9, out _));
    }

    [Fact]
    public void PacketHelpers_ChangeThePacket_AndRedirectsAreKept()
    {
        using Oddities probe = new();
        using ManagedContext world = new();
        List<string> lines = [];
        world.Trace = lines.Add;
        ManagedContext.Current = world;
        ProbeRun<XdpAction> run = Engine.Managed.RunInFull(probe, probe.Redirects, new byte[] { 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 });
        Assert.Equal(XdpAction.Redirect, run.Verdict);
        Assert.Equal(7u, Assert.Single(run.Redirects).InterfaceIndex);
        Assert.Equal(new byte[] { 1, 2, 3, 4, 9 }, run.Packet[..5]);
        Assert.Equal(18, run.Packet.Length);
        Assert.Equal("length 18 ff", Assert.Single(lines));
    }

    [Fact]
    public async Task Events_ArriveAsTheyCome()
    {
        using BlockHttp probe = new();
        for (int i = 0; i < 3; i++) Engine.Managed.Run(probe, probe.Filter, PacketBytes.Tcp(8080, "POST /" + i + " HTTP/1.1"));
        List<ulong> heads = [];
        await foreach (HttpEvent e in probe.Events.ReadAsync())
        {
            heads.Add(e.Head);
            if (heads.Count == 3) break;
        }

        Assert.Equal(3, heads.Distinct().Count());
    }

    [Fact]
    public void NullReference_IsADefectAndNoAbort()
    {
        using Oddities probe = new();
        Assert.Throws<NullReferenceException>(() => probe.Run(() => probe.Values[9].Value = 1));
    }

    [Fact]
    public void TypedParameters_RunOnTheClr_WithTheGivenAbort()
    {
        using Oddities probe = new();
        Assert.Equal(Errno.Access, probe.Run(() => Check(3), Errno.Perm));
        Assert.Equal(Errno.Perm, probe.Run(() => Check(5), Errno.Perm));
    }

    private static Errno Check(int i) => i < 5 ? Errno.Access : throw new ArgumentOutOfRangeException(nameof(i));
}
