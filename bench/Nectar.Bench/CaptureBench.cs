// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Capture.Pcap;

namespace Nectar.Bench;

/// <summary>A program over a capture file: one run per packet, walk over the mapped file included.</summary>
internal static unsafe class CaptureBench
{
    private const int Packets = 1_000_000;
    private const int PacketSize = 60;
    private const int Rounds = 7;
    private const string TwoInstructions = "r0 = 2\nexit";

    /// <summary>Arguments: where to write the generated capture (default: the temporary folder).</summary>
    internal static int Run(string[] arguments)
    {
        string path = arguments.Length > 0 ? arguments[0] : Path.Combine(Path.GetTempPath(), $"nectar-bench-{Environment.ProcessId}.pcap");
        Write(path);
        try
        {
            Console.WriteLine($"{Packets} packets of {PacketSize} bytes, {new FileInfo(path).Length} bytes in a mapped file; XDP program of two instructions; median of {Rounds} walks");
            foreach (VmEngine engine in (ReadOnlySpan<VmEngine>)[VmEngine.Jit, VmEngine.Interpreter]) Measured(path, engine);
        }
        finally
        {
            if (arguments.Length == 0) File.Delete(path);
        }

        return 0;
    }

    private static void Measured(string path, VmEngine engine)
    {
        Instruction[] code = Assembler.AssembleInstructions(TwoInstructions);
        BpfObject source = new() { Name = "two", License = "GPL" };
        FunctionDefinition entry = new() { Name = "two", Section = "xdp", Instructions = code };
        source.Functions.Add(entry);
        source.Programs.Add(new ProgramDefinition { Name = "two", Section = "xdp", Type = ProgramType.Xdp, Entry = entry });
        using VmObject loaded = VmObject.Load(source, new VmOptions { Engine = engine });
        using VmRunner runner = loaded.Programs[0].CreateRunner();
        double[] times = new double[Rounds];
        long allocated = 0;
        for (int round = -2; round < Rounds; round++)
        {
            using CaptureReader reader = CaptureReader.Open(path);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Clock.Thread();
            long passed = Walk(reader, runner);
            long time = Clock.Thread() - start;
            if (round >= 0)
            {
                times[round] = (double)time / Packets;
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            }

            if (passed != Packets) throw new InvalidOperationException($"{passed} of {Packets} packets passed");
        }

        double median = Measure.Median(times);
        Figures.Print($"capture/{engine}/packet", median, "ns");
        Figures.Print($"capture/{engine}/rate", 1000 / median, "Mpackets/s");
        Figures.Print($"capture/{engine}/allocated", (double)allocated / Rounds / Packets, "bytes/packet");
    }

    private static long Walk(CaptureReader reader, VmRunner runner)
    {
        long passed = 0;
        while (reader.TryRead(out CapturePacket packet))
        {
            if (runner.Run(packet.Address, packet.CapturedLength) == 2) passed++;
        }

        return passed;
    }

    private static void Write(string path)
    {
        using CaptureWriter writer = CaptureWriter.Create(path, CaptureFormat.Pcap, LinkType.Ethernet);
        byte[] packet = new byte[PacketSize];
        Convert.FromHexString("0200000000020200000000010800" + "4500002e00010000401100000a0000070a000001").CopyTo(packet, 0);
        for (int i = 0; i < Packets; i++)
        {
            packet[^1] = (byte)i;
            writer.Write(packet, i * 1000L);
        }
    }
}
