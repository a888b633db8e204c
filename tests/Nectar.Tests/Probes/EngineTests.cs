// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Vm.Jit;
using Nectar.Probes;
using TestProbes;
using Xunit;
using Engine = Nectar.Probes.Engine;

namespace Nectar.Tests.Probes;

/// <summary>The same test on the CLR and on compiled code in this process.</summary>
public sealed class EngineTests
{
    public static TheoryData<Engine> Engines => JitCompiler.IsSupported ? [Engine.Managed, Engine.Interpreter, Engine.Jit] : [Engine.Managed, Engine.Interpreter];

    [Theory]
    [MemberData(nameof(Engines))]
    public void Events_AreTheSame(Engine engine)
    {
        using BlockHttp probe = new();
        byte[] packet = PacketBytes.Tcp(80, "GET / HTTP/1.1");
        Assert.Equal(XdpAction.Drop, engine.Run(probe, probe.Filter, packet));
        Assert.Equal(XdpAction.Pass, engine.Run(probe, probe.Filter, PacketBytes.Tcp(81, "GET / HTTP/1.1")));
        HttpEvent e = Assert.Single(probe.Events.ReadAll());
        Assert.Equal((0x0a000001u, 4000, 80, (uint)packet.Length), (e.Source, e.SourcePort, e.DestinationPort, e.Length));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Maps_TakeTheirElementsAlong(Engine engine)
    {
        using DropTcp probe = new();
        probe.Ports.Set(8443, 1);
        Assert.Equal(TcAction.Shot, engine.Run(probe, probe.Classify, PacketBytes.Tcp(8443, "x")));
        Assert.Equal(TcAction.Shot, engine.Run(probe, probe.Classify, PacketBytes.Tcp6(8443)));
        probe.Ports.Remove(8443);
        Assert.Equal(TcAction.Ok, engine.Run(probe, probe.Classify, PacketBytes.Tcp6(8443)));
        Assert.Equal(2ul, probe.Verdicts.Values(1).Aggregate((a, b) => a + b));
        Assert.Equal(1ul, probe.Verdicts.Values(0).Aggregate((a, b) => a + b));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Variables_GoInAndComeOut(Engine engine)
    {
        using SyscallCounter probe = new() { Total = 100 };
        for (ulong i = 0; i < 5; i++) engine.Run(probe, probe.Count, [0ul, i < 3 ? 1ul : 300]);
        Assert.Equal(105ul, probe.Total);
        probe.Total = 7;
        engine.Run(probe, probe.Count, [0ul, 2ul]);
        Assert.Equal(8ul, probe.Total);
        Assert.Equal(8ul, probe.Read(probe.Total));
        Assert.Equal(3, probe.Counts.Count());
        Assert.Equal((3ul, 1ul, 2ul), (probe.Numbers.Read()[0], probe.Numbers.Read()[1], probe.Numbers.Read()[8]));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Constants_AreThoseOfTheFields(Engine engine)
    {
        using SslWrite probe = new() { TargetPid = 99 };
        pt_regs registers = new() { si = 0, dx = 4 };
        engine.Run(probe, probe.Write, registers);
        Assert.Equal(0, probe.Events.Reader.Reader.Available);
        probe.TargetPid = 0; // loaded again: a constant is in the code
        engine.Run(probe, probe.Write, registers);
        Assert.True(probe.Events.Reader.Reader.Available > 0); // discarded, since address 0 cannot be read, but there
        Assert.Empty(probe.Events.ReadAll());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Aborts_GiveTheKindsResult(Engine engine)
    {
        using Oddities probe = new();
        Assert.Equal(XdpAction.Aborted, engine.Run(probe, probe.Overruns, new byte[60]));
        Assert.Empty(probe.Events.ReadAll());
        Assert.Equal(TcAction.Unspec, engine.Run(probe, probe.Divides, new byte[14]));
        Assert.Equal(TcAction.Queued, engine.Run(probe, probe.Divides, new byte[16]));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void LoopsAndPacketHelpers_DoTheSame(Engine engine)
    {
        using Oddities probe = new();
        Assert.Equal(XdpAction.Tx, engine.Run(probe, probe.Loops, new byte[14]));
        Assert.True(probe.Values.TryGet(0, out ulong sum) && sum == 310);
        ProbeRun<XdpAction> run = engine.RunInFull(probe, probe.Redirects, Enumerable.Repeat((byte)9, 14).ToArray());
        Assert.Equal((XdpAction.Redirect, 7u), (run.Verdict, Assert.Single(run.Redirects).InterfaceIndex));
        Assert.Equal(new byte[] { 1, 2, 3, 4, 9 }, run.Packet[..5]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Extensions_AreSteppedOver(Engine engine)
    {
        using HeaderProbe probe = new();
        byte[] packet = [.. new byte[40], 60, 0, 0, 0, 0, 0, 0, 0, 17, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4];
        Assert.Equal(64u | 17u << 16, engine.Run(probe, probe.IPv6, packet));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void EveryKindOfMap_DoesTheSame(Engine engine) => MapProgramCases.Run(engine);

    [Theory]
    [MemberData(nameof(Engines))]
    public void ProgramsOfCgroups_DoTheSame(Engine engine)
    {
        using CgroupPrograms probe = new();
        bpf_sock_addr address = new() { user_ip4 = 0x0200007f, user_port = BigEndian.FromHost((ushort)81) };
        ProbeRun<CgroupVerdict> run = engine.RunInFull(probe, probe.Connect, address);
        Assert.Equal(CgroupVerdict.Deny, run.Verdict);
        Assert.Equal([0, 80], run.Context[24..26]);
        Assert.Equal(CgroupVerdict.Allow, engine.Run(probe, probe.Connect, new bpf_sock_addr { user_ip4 = 0x0100007f }));
        Assert.Equal(CgroupVerdict.Deny, engine.Run(probe, probe.Create, new bpf_sock { type = 3 }));
        Assert.Equal(CgroupVerdict.Allow, engine.Run(probe, probe.Device, new bpf_cgroup_dev_ctx { major = 1, access_type = (2 << 16) | 2 }));
        Assert.Equal(CgroupVerdict.Deny, engine.Run(probe, probe.Device, new bpf_cgroup_dev_ctx { major = 2 }));
        byte[] datagram = new byte[40];
        datagram[9] = 17;
        Assert.Equal(CgroupVerdict.Deny, engine.Run(probe, probe.Egress, datagram));
    }

    [Fact]
    public void ReferencesIntoTheKernel_AreOutOfReach()
    {
        using DropTcp probe = new();
        Assert.Equal(ProbeCodes.Unloaded, Assert.Throws<ProbeException>(() => probe.Attach(probe.Classify, "lo")).Diagnostics[0].Code);
        Assert.Equal(ProbeCodes.Object, Assert.Throws<ProbeException>(() => FindWithoutSource(typeof(string))).Diagnostics[0].Code);
    }

    [Theory]
    [InlineData("probe.Filter", "Filter")]
    [InlineData("Filter", "Filter")]
    [InlineData("this.a.b.Filter_2 ", "Filter_2")]
    public void ProgramNames_AreTheLastIdentifier(string expression, string name) => Assert.Equal(name, ProgramNames.Of(expression));

    private static void FindWithoutSource(Type type)
    {
        Func<Type, Nectar.Bpf.Objects.BpfObject?>? source = ProbeObjects.Source;
        try
        {
            ProbeObjects.Source = t => t == type ? null : source!(t);
            ProbeObjects.Find(type);
        }
        finally
        {
            ProbeObjects.Source = source;
        }
    }
}
