// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.CompilerBench;

/// <summary>A packet program and what it is run on.</summary>
/// <param name="Twin">The programs.</param>
/// <param name="Name">What the packet is.</param>
/// <param name="Packet">The packet.</param>
/// <param name="Prepare">Fills maps; null for none.</param>
internal sealed record RunCase(Twins.Twin Twin, string Name, byte[] Packet, Action<KernelObject>? Prepare = null)
{
    internal static IEnumerable<RunCase> All
    {
        get
        {
            foreach (string source in new[] { "01_block_http", "01b_block_http_u64" })
            {
                Twins.Twin twin = Twins.Twin.All.First(t => t.Source == source);
                yield return new RunCase(twin, "another port", Tcp(443, "GET / HTTP/1.1\r\n"u8));
                yield return new RunCase(twin, "not a request", Tcp(80, "HTTP/1.1 200 OK\r\n"u8));
                yield return new RunCase(twin, "request, ring full", Tcp(80, "GET / HTTP/1.1\r\n"u8));
            }

            Twins.Twin drop = Twins.Twin.All.First(t => t.Program == "drop_tcp");
            yield return new RunCase(drop, "passed", Tcp(80, "x"u8));
            yield return new RunCase(drop, "dropped", Tcp(80, "x"u8), loaded => loaded.Maps[loaded.Maps.Count > 0 && loaded.Source.Maps.TryGet("ports", out _) ? "ports" : "Ports"].Update([80, 0], [1]));
            Twins.Twin nat = Twins.Twin.All.First(t => t.Program == "rewrite");
            yield return new RunCase(nat, "no such destination", Tcp(80, "x"u8));
            yield return new RunCase(nat, "rewritten", Tcp(80, "x"u8), loaded =>
                loaded.Maps[loaded.Source.Maps.TryGet("nats", out _) ? "nats" : "Nats"].Update([10, 0, 0, 2, 0, 80, 0, 0], [10, 0, 0, 2, 0, 80, 0, 0]));
        }
    }

    private static byte[] Tcp(ushort port, ReadOnlySpan<byte> payload)
    {
        byte[] packet = new byte[14 + 20 + 20 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0x0800);
        packet[14] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(16), (ushort)(packet.Length - 14));
        packet[22] = 64;
        packet[23] = 6;
        new byte[] { 10, 0, 0, 1, 10, 0, 0, 2 }.CopyTo(packet, 26);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(34), 40000);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(36), port);
        packet[46] = 0x50;
        payload.CopyTo(packet.AsSpan(54));
        return packet;
    }
}

/// <summary>Runs the two sides of a case in turn in the kernel.</summary>
internal static class RunTime
{
    private const uint Repeat = 300_000;

    /// <summary>Nanoseconds a run, ours and clang's: medians of the rounds, and the median of the rounds' ratios.</summary>
    internal static (double Ours, double Clang, double Ratio) Measure(RunCase test, BpfObject ours, BpfObject clang, int rounds)
    {
        using KernelObject first = Load(test, ours), second = Load(test, clang);
        List<double> a = [], b = [], ratios = [];
        for (int round = -1; round < rounds; round++)
        {
            // who is first changes, so that what the one leaves in the processor's caches does not favour the other
            double one, two;
            if ((round & 1) == 0) (one, two) = (Time(test, first), Time(test, second));
            else (two, one) = (Time(test, second), Time(test, first));
            if (round < 0) continue;
            a.Add(one);
            b.Add(two);
            ratios.Add(one / two);
        }

        return (Median(a), Median(b), Median(ratios));
    }

    internal static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static KernelObject Load(RunCase test, BpfObject source)
    {
        KernelObject loaded = KernelObject.Load(source, new KernelLoadOptions { Programs = [test.Twin.Program] });
        test.Prepare?.Invoke(loaded);
        return loaded;
    }

    private static double Time(RunCase test, KernelObject loaded)
    {
        TestRunInput input = new() { Data = test.Packet, Repeat = Repeat, OutputSize = 0 };
        long start = Stopwatch.GetTimestamp();
        loaded.Programs[test.Twin.Program].TestRun(input);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Repeat;
    }
}
