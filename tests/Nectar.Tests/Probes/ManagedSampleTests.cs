// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Vm;
using Nectar.Probes;
using TestProbes;
using Xunit;
using Engine = Nectar.Probes.Engine;

namespace Nectar.Tests.Probes;

/// <summary>Whole probes, run on the CLR.</summary>
public sealed unsafe class ManagedSampleTests
{
    [Fact]
    public void BlockHttp_Get_IsDroppedAndReported()
    {
        using BlockHttp probe = new();
        byte[] packet = PacketBytes.Tcp(80, "GET / HTTP/1.1");
        Assert.Equal(XdpAction.Drop, Engine.Managed.Run(probe, probe.Filter, packet));
        HttpEvent e = Assert.Single(probe.Events.ReadAll());
        Assert.Equal((0x0a000001u, 0x0a000002u, 4000, 80, (uint)packet.Length), (e.Source, e.Destination, e.SourcePort, e.DestinationPort, e.Length));
        Assert.Equal("GET / HT", System.Text.Encoding.ASCII.GetString(BitConverter.GetBytes(e.Head)));
    }

    [Theory]
    [InlineData(443, "GET / HTTP/1.1")]
    [InlineData(80, "HELLO, this is none")]
    [InlineData(80, "GET")]
    [InlineData(80, "")]
    public void BlockHttp_Others_Pass(int port, string payload)
    {
        using BlockHttp probe = new();
        Assert.Equal(XdpAction.Pass, Engine.Managed.Run(probe, probe.Filter, PacketBytes.Tcp((ushort)port, payload)));
        Assert.Equal(XdpAction.Pass, Engine.Managed.Run(probe, probe.Filter, new byte[9]));
        Assert.Empty(probe.Events.ReadAll());
    }

    [Fact]
    public void DropTcp_OfListedPorts_BothFamilies()
    {
        using DropTcp probe = new();
        Assert.True(probe.Ports.Set(8443, 1));
        Assert.Equal(TcAction.Shot, Engine.Managed.Run(probe, probe.Classify, PacketBytes.Tcp(8443, "x")));
        Assert.Equal(TcAction.Shot, Engine.Managed.Run(probe, probe.Classify, PacketBytes.Tcp6(8443)));
        Assert.Equal(TcAction.Ok, Engine.Managed.Run(probe, probe.Classify, PacketBytes.Tcp6(443)));
        Assert.Equal(2ul, probe.Verdicts.Values(1).Aggregate((a, b) => a + b));
        Assert.Equal(1ul, probe.Verdicts.Values(0)[ManagedContext.Current.Cpu]);
        Assert.True(probe.Ports.Remove(8443));
        Assert.Equal(TcAction.Ok, Engine.Managed.Run(probe, probe.Classify, PacketBytes.Tcp(8443, "x")));
    }

    [Fact]
    public void ExecSnoop_EnterAndExit_MakeOneEvent()
    {
        using ExecSnoop probe = new();
        using ManagedContext world = new();
        task_struct parent = new() { tgid = 41 }, task = new() { real_parent = &parent };
        world.Identity = new VmIdentity { ProcessId = 42, ThreadId = 43, UserId = 1000, Command = "bash", TaskAddress = (ulong)&task };
        ManagedContext.Current = world;
        nint name = Marshal.StringToCoTaskMemUTF8("/usr/bin/ls");
        SyscallEnterRecord enter = default;
        enter.args[0] = (ulong)name;
        Engine.Managed.Run(probe, probe.Enter, enter);
        Assert.Empty(probe.Events.ReadAll());
        Engine.Managed.Run(probe, probe.Exit, new SyscallExitRecord { ret = -2 });
        ExecEvent e = Assert.Single(probe.Events.ReadAll());
        Assert.Equal((42u, 41u, 1000u, -2), (e.Pid, e.ParentPid, e.Uid, e.Result));
        Assert.Equal(("bash", "/usr/bin/ls"), (e.Comm.ToString(), e.Filename.ToString()));
        Marshal.FreeCoTaskMem(name);
    }

    [Fact]
    public void SslWrite_ReadsUserMemory_AndDiscardsWhatCannotBeRead()
    {
        using SslWrite probe = new();
        using ManagedContext world = new() { Clock = () => 77, Identity = new VmIdentity { ProcessId = 9 } };
        ManagedContext.Current = world;
        byte* text = (byte*)NativeMemory.AllocZeroed(5000);
        for (int i = 0; i < 5000; i++) text[i] = (byte)i;
        Engine.Managed.Run(probe, probe.Write, new pt_regs { si = (ulong)text, dx = 600 });
        Engine.Managed.Run(probe, probe.Write, new pt_regs { si = 8, dx = 20 });
        probe.TargetPid = 10;
        Engine.Managed.Run(probe, probe.Write, new pt_regs { si = (ulong)text, dx = 600 });
        SslEvent e = Assert.Single(probe.Events.ReadAll());
        Assert.Equal((77ul, 9u, 600u), (e.Time, e.Pid, e.Length));
        ReadOnlySpan<byte> data = e.Data;
        Assert.True(data.SequenceEqual(new ReadOnlySpan<byte>(text, 512)));
        NativeMemory.Free(text);
    }

    [Fact]
    public void SyscallCounter_CountsInMapHistogramAndVariable()
    {
        using SyscallCounter probe = new();
        for (ulong i = 0; i < 5; i++) Engine.Managed.Run(probe, probe.Count, [0ul, i < 3 ? 1ul : 300]);
        Assert.Equal(2, probe.Counts.Count());
        Assert.True(probe.Counts.TryGet(new SyscallKey(1, 300), out ulong n));
        Assert.Equal(2ul, n);
        Assert.Equal(5ul, probe.Total);
        ulong[] slots = probe.Numbers.Read();
        Assert.Equal((16, 3ul, 2ul), (slots.Length, slots[0], slots[8]));
        Assert.Contains("256 -> 511", probe.Numbers.ToString(), StringComparison.Ordinal);
    }
}
