// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using System.Net.Sockets;
using Nectar.Probes;
using Nectar.Tests.Probes;
using TestProbes;
using Engine = Nectar.Probes.Engine;

namespace Nectar.KernelTests.Probes;

/// <summary>Probes in the kernel: test runs, attachments, events, variables, maps.</summary>
public sealed class LoadedProbeTests
{
    [BpfFact]
    public void TestRuns_GiveWhatTheClrGives()
    {
        using BlockHttp probe = new();
        byte[] packet = PacketBytes.Tcp(80, "GET / HTTP/1.1");
        Assert.Equal(XdpAction.Drop, Engine.Kernel.Run(probe, probe.Filter, packet));
        Assert.Equal(XdpAction.Pass, Engine.Kernel.Run(probe, probe.Filter, PacketBytes.Tcp(443, "GET / HTTP/1.1")));
        HttpEvent e = Assert.Single(probe.Events.ReadAll());
        Assert.Equal((4000, 80, (uint)packet.Length), (e.SourcePort, e.DestinationPort, e.Length));
    }

    [BpfFact]
    public void Maps_GoAlongFromEngineToEngine()
    {
        using DropTcp probe = new();
        probe.Ports.Set(8443, 1);
        foreach (Engine engine in new[] { Engine.Kernel, Engine.Interpreter, Engine.Kernel })
        {
            Assert.Equal(TcAction.Shot, engine.Run(probe, probe.Classify, PacketBytes.Tcp(8443, "x")));
            Assert.Equal(TcAction.Ok, engine.Run(probe, probe.Classify, PacketBytes.Tcp6(443)));
        }

        Assert.Equal(3ul, probe.Verdicts.Values(1).Aggregate((a, b) => a + b));
        Assert.Equal(ProbeCodes.KernelMap, Assert.Throws<ProbeException>(() => probe.Ports.ContainsKey(8443)).Diagnostics[0].Code);
        Assert.True(probe.Ports.TryGet(8443, out byte one) && one == 1);
        Assert.True(probe.Ports.Remove(8443));
        Assert.Equal(TcAction.Ok, Engine.Kernel.Run(probe, probe.Classify, PacketBytes.Tcp(8443, "x")));
    }

    [BpfFact]
    public void AbortsAndHelpers_AreTheSame()
    {
        using Oddities probe = new();
        Assert.Equal(XdpAction.Aborted, Engine.Kernel.Run(probe, probe.Overruns, new byte[60]));
        Assert.Empty(probe.Events.ReadAll());
        Assert.Equal(TcAction.Queued, Engine.Kernel.Run(probe, probe.Divides, new byte[16]));
        Assert.Equal(XdpAction.Tx, Engine.Kernel.Run(probe, probe.Loops, new byte[14]));
        Assert.True(probe.Values.TryGet(0, out ulong sum) && sum == 310);
    }

    [BpfFact]
    public void EveryKindOfMap_DoesTheSame() => MapProgramCases.Run(Engine.Kernel);

    [BpfFact]
    public void EveryKindOfProgram_IsAcceptedByTheKernel()
    {
        using KindPrograms probe = new();
        using CgroupPrograms cgroups = new();
        probe.Load();
        cgroups.Load();
        Assert.Equal(16, probe.Kernel!.Programs.Count + cgroups.Kernel!.Programs.Count);
    }

    [BpfFact]
    public async Task PerfEvents_ComeFromEveryProcessor()
    {
        using KindPrograms probe = new();
        probe.Load();
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(10));
        IAsyncEnumerable<Message> messages = probe.Messages.ReadAsync(stop.Token);
        using BpfLink link = probe.Attach(probe.Switch);
        await foreach (Message message in messages)
        {
            Assert.True(message.Port < Environment.ProcessorCount);
            break;
        }
    }

    [BpfFact]
    public void RawTracepoint_Attached_CountsThisProcess()
    {
        using SyscallCounter probe = new() { Total = 1000 };
        probe.Load();
        using (BpfLink link = probe.Attach(probe.Count))
        {
            Assert.True(link.IsAttached);
            for (int i = 0; i < 50; i++) File.Exists("/proc/self/stat");
        }

        probe.Refresh();
        Assert.True(probe.Total >= 1050, $"{probe.Total}");
        ulong before = probe.Total;
        Assert.Contains(probe.Counts, entry => entry.Key.Pid == (uint)Environment.ProcessId && entry.Value >= 50);
        Assert.True(probe.Numbers.Read().Aggregate((a, b) => a + b) >= 50);
        probe.Write(ref probe.Total, 5ul);
        Assert.Equal((5ul, 5ul), (probe.Total, probe.Read(probe.Total)));
        File.Exists("/proc/self/stat");
        Assert.Equal(5ul, probe.Read(probe.Total)); // detached
        Assert.True(before > 5);
    }

    [KernelFact("ip")]
    public async Task Xdp_Attached_DropsTrafficAndReportsIt()
    {
        using NetworkNamespace network = new();
        using BlockHttp probe = new();
        probe.Load();
        network.Run(() => probe.Attach(probe.Filter, "lo"));
        network.Run(() =>
        {
            using TcpListener listener = new(IPAddress.Loopback, 8080);
            listener.Start();
            using TcpClient client = new();
            client.Connect(IPAddress.Loopback, 8080); // the handshake passes
            client.GetStream().Write("GET / HTTP/1.1\r\n\r\n"u8);
        });
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(10));
        await foreach (HttpEvent e in probe.Events.ReadAsync(stop.Token))
        {
            Assert.Equal((0x7f000001u, 8080), (e.Destination, e.DestinationPort));
            break;
        }
    }

    [BpfFact]
    public void Exec_IsReported()
    {
        using ExecSnoop probe = new();
        probe.Load();
        Assert.Equal(2, probe.AttachAll().Count);
        using System.Diagnostics.Process child = System.Diagnostics.Process.Start("/bin/true");
        child.WaitForExit();
        ExecEvent e = Assert.Single(probe.Events.ReadAll(), e => e.Pid == (uint)child.Id && e.Result == 0);
        Assert.Equal("/bin/true", e.Filename.ToString());
        Assert.Equal((uint)Environment.ProcessId, e.ParentPid);
    }
}
