// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Vm;
using Nectar.Capture.Pcap;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.CompilerTests.OnSamples;

/// <summary>The samples that look at packets: in this process, and on the same packets in the kernel.</summary>
public sealed class PacketSampleTests
{
    [Fact]
    public void BlockHttp_OverTheCapture_DropsResponsesAndReportsThem()
    {
        byte[][] packets = Capture();
        Assert.Equal(104, packets.Length);
        BpfObject source = Compiled.Sample("BlockHttp");
        Engines.Run(source, [("Filter", packets)], (_, outcomes) => Agree(outcomes, runs =>
        {
            Assert.Equal(12, runs.Count(run => run.Result == 1));
            Assert.Equal(92, runs.Count(run => run.Result == 2));
        }));

        using VmObject loaded = VmObject.Load(source);
        foreach (byte[] packet in packets) loaded.Programs["Filter"].Run(packet);
        List<Samples.HttpEvent> events = [];
        using RingBuffer<Samples.HttpEvent> ring = new(loaded.Maps["Events"]);
        ring.Read((ref readonly Samples.HttpEvent e) => events.Add(e));
        Assert.Equal(12, events.Count);
        Assert.All(events, e => Assert.Equal((0x7f000001u, 0x7f000001u, (ushort)8080), (e.Source, e.Destination, e.SourcePort)));
        Assert.All(events, e => Assert.InRange(e.Length, 100u, 500u));
    }

    [Fact]
    public void DropTcp_ByPort_DropsAndCounts()
    {
        BpfObject source = Compiled.Sample("DropTcp");
        byte[][] packets = [Packets.Tcp4(1000, 80), Packets.Tcp4(1000, 443), Packets.Tcp6(1000, 80), Packets.Tcp6(1000, 22), Packets.Udp4(1, 80, [1, 2, 3]), Packets.Tcp4(1, 80, "x", options: 8), Packets.Tcp4(1, 80)[..50]];
        uint[] expected = [2, 0, 2, 0, 0, 2, 0];
        using VmObject loaded = VmObject.Load(source);
        loaded.Maps["Ports"].Update([80, 0], [1]);
        Assert.Equal(expected, packets.Select(packet => loaded.Programs["Classify"].Run(packet, new RunContext { ["protocol"] = BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(12)) }).ReturnValue));
        Assert.Equal((2ul, 3ul), (Total(loaded.Maps["Verdicts"], 0), Total(loaded.Maps["Verdicts"], 1)));
    }

    [KernelFact]
    public void DropTcp_InTheKernel_DropsAndCounts()
    {
        using KernelObject loaded = KernelObject.Load(Compiled.Sample("DropTcp"));
        loaded.Maps["Ports"].Update([80, 0], [1]);
        foreach ((byte[] packet, uint verdict) in new[] { (Packets.Tcp4(1000, 80), 2u), (Packets.Tcp4(1000, 443), 0u), (Packets.Tcp6(1000, 80), 2u), (Packets.Udp4(1, 80, [1]), 0u), (Packets.Tcp4(1, 80, "x", options: 8), 2u) })
        {
            Assert.Equal(verdict, loaded.Programs["Classify"].TestRun(new TestRunInput { Data = packet }).ReturnValue);
        }

        Assert.Equal((1ul, 3ul), (Total(loaded.Maps["Verdicts"], 0), Total(loaded.Maps["Verdicts"], 1)));
    }

    [KernelFact]
    public void PortForward_InTheKernel_RewritesAndMendsChecksums()
    {
        using KernelObject loaded = KernelObject.Load(Compiled.Sample("PortForward"));
        loaded.Maps["Forwards"].Update([10, 0, 0, 2, 0, 80, 0, 0], [172, 16, 5, 9, 0x1f, 0x90, 0, 0]);
        foreach (byte[] packet in new[] { Packets.Tcp4(1000, 80, "GET /"), Packets.Tcp4(1000, 80, "GET /", options: 12), Packets.Udp4(1000, 80, [1, 2, 3, 4, 5]) })
        {
            int header = 14 + ((packet[14] & 15) * 4);
            Assert.Equal(0xffff, Packets.SegmentSum(packet));
            byte[] after = loaded.Programs["Rewrite"].TestRun(new TestRunInput { Data = packet }).Data;
            Assert.Equal("172.16.5.9", new System.Net.IPAddress(after.AsSpan(30, 4)).ToString());
            Assert.Equal(8080, BinaryPrimitives.ReadUInt16BigEndian(after.AsSpan(header + 2)));
            Assert.Equal(0xffff, Packets.Sum(after.AsSpan(14, header - 14)));
            Assert.Equal(0xffff, Packets.SegmentSum(after));
        }

        byte[] other = Packets.Tcp4(1000, 81, "GET /");
        Assert.Equal(other, loaded.Programs["Rewrite"].TestRun(new TestRunInput { Data = other }).Data);
    }

    [Fact]
    public void PortForward_Here_DoesWhatTheKernelDoes()
    {
        using VmObject loaded = VmObject.Load(Compiled.Sample("PortForward"));
        loaded.Maps["Forwards"].Update([10, 0, 0, 2, 0, 80, 0, 0], [172, 16, 5, 9, 0x1f, 0x90, 0, 0]);
        byte[] after = loaded.Programs["Rewrite"].Run(Packets.Tcp4(1000, 80, "GET /", options: 4)).Packet;
        Assert.Equal((0xffff, 0xffff), (Packets.Sum(after.AsSpan(14, 24)), Packets.SegmentSum(after)));
        Assert.Equal("172.16.5.9", new System.Net.IPAddress(after.AsSpan(30, 4)).ToString());
    }

    [Fact]
    public void DnsAnswers_OverAnswers_ReportsNameAndAddress()
    {
        byte[] answer = Packets.Udp4(53, 5000, Dns("www.example.org", [Record(5, 200, [1, (byte)'a', 0]), Record(1, 60, [93, 184, 215, 14])]));
        byte[][] packets = [answer, Packets.Udp4(5000, 53, Dns("www.example.org", [])), Packets.Udp4(53, 5000, Dns("x.org", [])), answer[..60], Packets.Tcp4(53, 5000)];
        BpfObject source = Compiled.Sample("DnsAnswers");
        Engines.Run(source, [("Watch", packets)], (_, outcomes) => Agree(outcomes, runs => Assert.All(runs, run => Assert.Equal(2u, run.Result))));

        using VmObject loaded = VmObject.Load(source);
        foreach (byte[] packet in packets) loaded.Programs["Watch"].Run(packet);
        List<Samples.DnsEvent> events = [];
        using RingBuffer<Samples.DnsEvent> ring = new(loaded.Maps["Events"]);
        ring.Read((ref readonly Samples.DnsEvent e) => events.Add(e));
        Samples.DnsEvent only = Assert.Single(events);
        Assert.Equal((0x5db8d70eu, 60u, (ushort)17, (ushort)0x1234), (only.Address, only.TimeToLive, only.NameLength, only.Id));
        ReadOnlySpan<byte> name = only.Name;
        Assert.Equal("\u0003www\u0007example\u0003org\0", System.Text.Encoding.ASCII.GetString(name[..only.NameLength]));
    }

    private static void Agree(IReadOnlyList<MachineOutcome> outcomes, Action<IReadOnlyList<RunOutcome>> check)
    {
        check(outcomes[0].Runs);
        foreach (MachineOutcome other in outcomes.Skip(1)) Assert.Equal(outcomes[0].Runs, other.Runs);
    }

    private static byte[][] Capture()
    {
        List<byte[]> packets = [];
        using CaptureReader reader = CaptureReader.Open(Path.Combine(Repository.Root, "samples", "http.pcap"));
        while (reader.TryRead(out CapturePacket packet)) packets.Add(packet.Data.ToArray());
        return [.. packets];
    }

    private static ulong Total(BpfMap map, uint index)
    {
        byte[] values = new byte[map.UserValueSize];
        Assert.Equal(Errno.None, map.Lookup(BitConverter.GetBytes(index), values));
        ulong total = 0;
        for (int i = 0; i < values.Length; i += 8) total += BitConverter.ToUInt64(values, i);
        return total;
    }

    private static byte[] Dns(string name, byte[][] records)
    {
        List<byte> message = [0x12, 0x34, (byte)(records.Length > 0 ? 0x81 : 0x01), 0x80, 0, 1, 0, (byte)records.Length, 0, 0, 0, 0];
        foreach (string label in name.Split('.')) message.AddRange([(byte)label.Length, .. System.Text.Encoding.ASCII.GetBytes(label)]);
        message.AddRange([0, 0, 1, 0, 1]);
        foreach (byte[] record in records) message.AddRange(record);
        return [.. message];
    }

    private static byte[] Record(byte type, byte seconds, byte[] data) => [0xc0, 12, 0, type, 0, 1, 0, 0, 0, seconds, 0, (byte)data.Length, .. data];
}
