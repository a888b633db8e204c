// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.Bench;

/// <summary>
/// Ring buffers and perf buffers of the kernel: draining a full one, and reading while a program writes. Each repetition is followed by the
/// peer's, so that a change of the machine's load meets both; the ratio is the median of the repetitions' ratios. Wall time, as a reader that
/// sleeps uses no processor time.
/// </summary>
internal static class EventBench
{
    private const int Repetitions = 15, RunRepetitions = 15;
    private const ulong NoWakeup = 1;

    private static RingWakeup? s_wakeup;

    /// <summary>
    /// Arguments: the peer's program (peers/events.c); what to measure: ring, perf, all (default); the microseconds that a reader stays awake, if
    /// not the default.
    /// </summary>
    internal static int Run(string[] arguments)
    {
        string? peerPath = arguments.Length > 0 && File.Exists(arguments[0]) ? arguments[0] : null;
        string only = arguments.Length > 1 ? arguments[1] : "all";
        if (arguments.Length > 2) s_wakeup = RingWakeup.Adaptive with { MaxSpin = TimeSpan.FromMicroseconds(double.Parse(arguments[2], CultureInfo.InvariantCulture)) };
        BpfObject source = EventPrograms.Assemble();
        string file = Path.Combine(Path.GetTempPath(), $"nectar-events-{Environment.ProcessId}.o");
        File.WriteAllBytes(file, ObjectWriter.ToArray(source));
        try
        {
            using KernelObject loaded = KernelObject.Load(source);
            using EventPeer? peer = peerPath is null ? null : new EventPeer(peerPath, file);
            Pin(0);
            if (only is "all" or "ring") Rings(loaded, peer);
            if (only is "all" or "perf") Perf(loaded, peer);
            return 0;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Rings(KernelObject loaded, EventPeer? peer)
    {
        using RingBufferReader reader = new(loaded.Maps["ring"]);
        foreach (int size in EventPrograms.Sizes)
        {
            ulong count = size == 32 ? 1_000_000u : 400_000;
            Summing handler = default;
            long allocated = 0;
            Compare($"events/ring-drain-{size}", "ns/record", Repetitions, peer, $"ring-drain {size} {count}", () =>
            {
                handler.Count = 0;
                Produce(loaded, $"ring{size}", count, NoWakeup);
                long before = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                reader.Read(ref handler);
                double time = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                return time / handler.Count;
            });
            Figures.Print($"events/ring-drain-{size}/allocated", allocated, "bytes");
        }

        foreach (int size in EventPrograms.Sizes)
        {
            Concurrent($"events/ring-run-{size}", loaded, peer, $"ring{size}", $"ring-run {size} 1000000 3 0", 1_000_000, 3, (ref Summing handler, CancellationToken stop) => reader.Run(ref handler, s_wakeup, stop));
        }
    }

    private static void Perf(KernelObject loaded, EventPeer? peer)
    {
        foreach (int period in new[] { 1, 1000 })
        {
            using PerfBufferReader reader = new(loaded.Maps["perf"], new PerfBufferOptions { BytesPerCpu = 4096 * 4096, WakeupEvents = period });
            EventPeer? other = peer is not null && peer.Accepts($"perf-open {period}") ? peer : null;
            foreach (int size in EventPrograms.Sizes)
            {
                ulong count = size == 32 ? 100_000u : 80_000;
                Summing handler = default;
                long allocated = 0;
                if (period == 1000)
                {
                    Compare($"events/perf-drain-{size}", "ns/record", Repetitions, other, $"perf-drain {size} {count}", () =>
                    {
                        handler.Count = 0;
                        Produce(loaded, $"perf{size}", count, 0);
                        long before = GC.GetAllocatedBytesForCurrentThread();
                        long start = Stopwatch.GetTimestamp();
                        reader.Read(ref handler);
                        double time = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                        allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                        return time / handler.Count;
                    });
                    Figures.Print($"events/perf-drain-{size}/allocated", allocated, "bytes");
                }

                ulong runCount = period == 1 ? 50_000u : 500_000;
                Concurrent($"events/perf-run-{size}-every-{period}", loaded, other, $"perf{size}", $"perf-run {size} {runCount} 2", runCount, 2, (ref Summing handler, CancellationToken stop) => reader.Run(ref handler, stop));
            }
        }

        // As we open perf buffers if nothing is said, beside the same peer with its wake-up for each sample, which is its default.
        using PerfBufferReader byDefault = new(loaded.Maps["perf"], new PerfBufferOptions { BytesPerCpu = 4096 * 4096 });
        peer?.Accepts("perf-open 1");
        Concurrent("events/perf-run-32-default", loaded, peer, "perf32", "perf-run 32 50000 2", 50_000, 2, (ref Summing handler, CancellationToken stop) => byDefault.Run(ref handler, stop));
    }

    private delegate long Consume(ref Summing handler, CancellationToken stop);

    private static void Concurrent(string name, KernelObject loaded, EventPeer? peer, string program, string peerLine, ulong count, int runs, Consume consume)
    {
        List<double> lost = [], producer = [];
        List<double[]> answers = [];
        Compare(
            name,
            "records/s",
            RunRepetitions,
            peer,
            peerLine,
            () =>
            {
                Summing handler = default;
                using CancellationTokenSource stop = new();
                Thread consumer = new(() =>
                {
                    Pin(1);
                    consume(ref handler, stop.Token);
                });
                consumer.Start();
                Thread.Sleep(2);
                long start = Stopwatch.GetTimestamp(), used = Clock.Thread();
                for (int i = 0; i < runs; i++) Produce(loaded, program, count, 0);
                producer.Add((Clock.Thread() - used) / ((double)runs * count));
                stop.Cancel();
                consumer.Join();
                lost.Add(1 - (handler.Count / ((double)runs * count)));
                return handler.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
            },
            answers);
        Figures.Print(name + "/lost", 100 * Measure.Median([.. lost]), "%");
        Figures.Print(name + "/producer", Measure.Median([.. producer]), "ns/record");
        if (answers.Count == 0) return;
        Figures.Print(name + "/libbpf-lost", 100 * Measure.Median([.. answers.Select(a => a[1])]), "%");
        Figures.Print(name + "/libbpf-producer", Measure.Median([.. answers.Select(a => a[2])]), "ns/record");
    }

    private static void Compare(string name, string unit, int repetitions, EventPeer? peer, string peerLine, Func<double> ours, List<double[]>? answers = null)
    {
        List<double> own = [], theirs = [], ratios = [];
        for (int i = -2; i < repetitions; i++) // the first two warm both up
        {
            double mine = ours();
            double[] other = peer?.Ask(peerLine) ?? [];
            if (i < 0) continue;
            own.Add(mine);
            if (other.Length == 0) continue;
            theirs.Add(other[0]);
            ratios.Add(mine / other[0]);
            answers?.Add(other);
        }

        Figures.Print(name + "/nectar", Measure.Median([.. own]), unit);
        if (theirs.Count == 0) return;
        Figures.Print(name + "/libbpf", Measure.Median([.. theirs]), unit);
        Figures.Print(name + "/ratio", Measure.Median([.. ratios]), "x");
    }

    private static void Produce(KernelObject loaded, string program, ulong count, ulong flags)
    {
        byte[] context = new byte[16];
        BitConverter.TryWriteBytes(context, count);
        BitConverter.TryWriteBytes(context.AsSpan(8), flags);
        loaded.Programs[program].TestRun(new TestRunInput { Context = context });
    }

    private static unsafe void Pin(int cpu)
    {
        ulong* mask = stackalloc ulong[16];
        new Span<ulong>(mask, 16).Clear();
        mask[cpu / 64] = 1ul << (cpu % 64);
        _ = SchedSetAffinity(0, 128, mask);
    }

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int SchedSetAffinity(int thread, nuint size, ulong* mask);

    /// <summary>Does with each record what the peer's callback does.</summary>
    private struct Summing : IRecordHandler, IPerfHandler
    {
        internal long Count;
        internal ulong Sum;

        public bool OnRecord(ReadOnlySpan<byte> record)
        {
            Sum += MemoryMarshal.Read<ulong>(record);
            Count++;
            return true;
        }

        public void OnSample(int cpu, ReadOnlySpan<byte> sample) => OnRecord(sample);

        public readonly void OnLost(int cpu, long count)
        {
        }
    }

    /// <summary>The peer's process, which measures when it is asked.</summary>
    private sealed class EventPeer : IDisposable
    {
        private readonly Process _process;

        internal EventPeer(string path, string file)
        {
            ProcessStartInfo start = new(path) { RedirectStandardInput = true, RedirectStandardOutput = true };
            start.ArgumentList.Add(file);
            _process = Process.Start(start)!;
        }

        /// <summary>True if the peer can do what the line asks for.</summary>
        internal bool Accepts(string line) => Send(line) == "ok";

        internal double[] Ask(string line) => [.. Send(line).Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];

        private string Send(string line)
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
            return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"the peer ended at '{line}'");
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
