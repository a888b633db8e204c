// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Linux.Links.Tracing;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class PerfEventTests
{
    [BpfTheory]
    [InlineData("cpu-clock", AttachMethod.Automatic)]
    [InlineData("task-clock", AttachMethod.PerfIoctl)]
    public void Attach_ClockOnAllProcessors_SamplesThisProcess(string name, AttachMethod method)
    {
        Assert.True(PerfEventKind.TryParse(name, out PerfEventKind kind));
        using CountingProgram counter = CountingProgram.Load("perf_event", "r7 = *(u64 *)(r6 + 168)");
        using (BpfLink link = PerfEvents.Attach(counter.Program, kind, new PerfEventOptions { Period = 1_000_000, Method = method, ProcessId = name == "task-clock" ? Environment.ProcessId : null }))
        {
            Assert.True(Burn(() => counter.Runs >= 3));
            Assert.Equal(1_000_000ul, counter.Value); // sample_period
        }

        Thread.Sleep(20);
        ulong runs = counter.Runs;
        Burn(() => false, milliseconds: 30);
        Assert.Equal(runs, counter.Runs);
    }

    [BpfFact]
    public void Attach_FrequencyAndCookie_OnOneProcessor()
    {
        using CountingProgram counter = CountingProgram.Load("perf_event", CountingProgram.Cookie, process: null);
        using BpfLink link = PerfEvents.Attach(counter.Program, PerfEventKind.CpuClock, new PerfEventOptions { Frequency = 1000, Cookie = 31, Cpu = 0 });
        Assert.IsType<KernelLink>(link);
        Assert.True(Burn(() => counter.Runs >= 2, milliseconds: 10000));
        Assert.Equal(31ul, counter.Value);
    }

    [BpfFact]
    public void Attach_PageFaults_CountsThem()
    {
        using CountingProgram counter = CountingProgram.Load("perf_event");
        using BpfLink link = PerfEvents.Attach(counter.Program, PerfEventKind.PageFaults, new PerfEventOptions { Period = 1 });
        List<byte[]> kept = []; // the collector may hand out pages that were touched before: until it has to take fresh ones
        while (counter.Runs <= 10 && kept.Count < 64)
        {
            byte[] memory = GC.AllocateUninitializedArray<byte>(8 << 20);
            for (int i = 0; i < memory.Length; i += 4096) memory[i] = 1;
            kept.Add(memory);
        }

        Assert.True(counter.Runs > 10, $"{counter.Runs} faults");
    }

    [BpfFact]
    public void Attach_HardwareCounter_WorksOrNamesTheSoftwareOne()
    {
        using CountingProgram counter = CountingProgram.Load("perf_event");
        if (Linux.Features.KernelFeatures.Has(Linux.Features.Feature.HardwareCounters))
        {
            using BpfLink link = PerfEvents.Attach(counter.Program, PerfEventKind.Cycles, new PerfEventOptions { Period = 1_000_000 });
            Assert.True(Burn(() => counter.Runs > 0));
            return;
        }

        KernelException refused = Assert.Throws<KernelException>(() => PerfEvents.Attach(counter.Program, PerfEventKind.Cycles));
        Assert.Contains("NEC4104", refused.Message, StringComparison.Ordinal);
        Assert.Contains("cpu-clock", refused.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Attach_ProcessThatIsGone_SaysSo()
    {
        using CountingProgram counter = CountingProgram.Load("perf_event");
        using Process gone = Process.Start("true");
        gone.WaitForExit();
        KernelException refused = Assert.Throws<KernelException>(() => PerfEvents.Attach(counter.Program, PerfEventKind.TaskClock, new PerfEventOptions { ProcessId = gone.Id }));
        Assert.Contains($"there is no process {gone.Id}", refused.Message, StringComparison.Ordinal);
    }

    private static bool Burn(Func<bool> done, int milliseconds = 5000)
    {
        Stopwatch time = Stopwatch.StartNew();
        while (time.ElapsedMilliseconds < milliseconds)
        {
            for (int i = 0; i < 100_000; i++) Math.Sqrt(i);
            if (done()) return true;
        }

        return false;
    }
}
