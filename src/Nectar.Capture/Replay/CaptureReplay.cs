// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Capture.Pcap;

namespace Nectar.Capture.Replay;

/// <summary>Runs a program of this process over every packet of a capture, without allocation per packet.</summary>
public sealed unsafe class CaptureReplay
{
    private const int BatchSize = 256;

    /// <summary>The program.</summary>
    public required VmProgram Program { get; init; }

    /// <summary>Where packets that go on are written, as the program left them; null for nowhere. Only the first pass writes.</summary>
    public CaptureWriter? Writer { get; init; }

    /// <summary>Called after every few hundred packets, to take events out of ring buffers before they are full.</summary>
    public Action? Drain { get; init; }

    /// <summary>Called now and then with the number of packets so far.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Runs the program over the whole capture.</summary>
    /// <param name="open">Opens the capture; called once for each pass.</param>
    /// <param name="passes">How many times, at least 1.</param>
    /// <param name="cancellation">Ends the replay; what was counted until then is returned.</param>
    public ReplayResult Run(Func<CaptureReader> open, int passes = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        ReplayResult result = new();
        using VmRunner runner = Program.CreateRunner();
        CaptureRecord[] batch = new CaptureRecord[BatchSize];
        for (int pass = 0; pass < passes && !cancellation.IsCancellationRequested; pass++)
        {
            using CaptureReader reader = open();
            long started = Stopwatch.GetTimestamp();
            for (int count; !cancellation.IsCancellationRequested && (count = reader.ReadBatch(batch)) > 0;)
            {
                if (pass == 0) First(runner, result, batch.AsSpan(0, count));
                else Again(runner, result, batch.AsSpan(0, count));
                if (Drain is null && Progress is null) continue;
                result.ElapsedNs += (long)Stopwatch.GetElapsedTime(started).TotalNanoseconds;
                Drain?.Invoke();
                Progress?.Invoke(result.Runs);
                started = Stopwatch.GetTimestamp();
            }

            result.ElapsedNs += (long)Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        }

        return result;
    }

    private void First(VmRunner runner, ReplayResult result, ReadOnlySpan<CaptureRecord> batch)
    {
        ProgramType type = Program.Definition.Type;
        foreach (ref readonly CaptureRecord record in batch)
        {
            result.Packets++;
            result.Bytes += record.CapturedLength;
            if (!RunOne(runner, result, record, out uint verdict)) continue;
            ReadOnlySpan<byte> packet = runner.Packet;
            int kept = Verdicts.KeptBytes(type, verdict, packet.Length);
            if (kept == 0) continue;
            result.Kept++;
            Writer?.Write(packet[..kept], record.TimestampNs, Math.Max(record.OriginalLength, (uint)kept), Writer.Format == CaptureFormat.PcapNg ? record.Interface : 0);
        }
    }

    private void Again(VmRunner runner, ReplayResult result, ReadOnlySpan<CaptureRecord> batch)
    {
        foreach (ref readonly CaptureRecord record in batch) RunOne(runner, result, record, out _);
    }

    private bool RunOne(VmRunner runner, ReplayResult result, in CaptureRecord record, out uint verdict)
    {
        bool isFilter = Program.Definition.Type == ProgramType.SocketFilter;
        verdict = runner.Run((byte*)record.Address, (int)record.CapturedLength);
        result.Runs++;
        if (runner.LastFault is null)
        {
            // a socket filter that returns the packet's length keeps all of it, as one that returns the largest number does
            result.Count(isFilter && verdict >= record.CapturedLength ? uint.MaxValue : verdict);
            return true;
        }

        result.Faults++;
        if (result.FirstFault is null) (result.FirstFault, result.FirstFaultPacket) = (runner.LastFault, result.Runs);
        return false;
    }
}
