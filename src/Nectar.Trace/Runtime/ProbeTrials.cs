// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;
using Nectar.Trace.Printing;
using Nectar.Trace.Runtime.Output;

namespace Nectar.Trace.Runtime;

/// <summary>Runs the <c>test</c> and <c>bench</c> probes of a script, one after the other.</summary>
internal sealed class ProbeTrials(ActionRunner runner, EventPump pump, IReadOnlyList<(string Name, KernelProgram Program)> trials)
{
    private const int PacketSize = 14; // those of the kind XDP get an Ethernet header of zeros
    private const long ShortestNs = 1_000_000;

    /// <returns>0 if all pass.</returns>
    public int Run(bool isBenchmark)
    {
        pump.Drain();
        string[] names = [.. trials.Select(t => t.Name)];
        List<bool> passed = [];
        TraceOutput output = runner.Output;
        int result = 0;
        for (int i = 0; i < trials.Count; i++)
        {
            bool isGood = isBenchmark ? Measure(trials[i].Program, names, i, output) : Test(trials[i].Program, names, i, passed, output);
            if (!isGood) result = 1;
        }

        runner.Output = output;
        output.Idle();
        return result;
    }

    private static byte[] Packet(KernelProgram program) => program.Type == ProgramType.Xdp ? new byte[PacketSize] : [];

    private bool Test(KernelProgram program, string[] names, int index, List<bool> passed, TraceOutput output)
    {
        using OutputStream text = new(-1, OutputBuffering.Full);
        TextOutput captured = new(text, text);
        runner.Output = captured;
        TestRunResult run = program.TestRun(new TestRunInput { Data = Packet(program) });
        pump.Drain();
        bool isGood = run.ReturnValue == 0 && runner.TakeExit() == 0 && captured.Errors == 0;
        passed.Add(isGood);
        output.Test(names, index, TimeSpan.FromMicroseconds(run.NanosecondsPerRun / 1000.0), passed, text.Buffer.ToString());
        return isGood;
    }

    private bool Measure(KernelProgram program, string[] names, int index, TraceOutput output)
    {
        for (long runs = 1; ;)
        {
            using OutputStream text = new(-1, OutputBuffering.Full);
            TextOutput captured = new(text, text);
            runner.Output = captured;
            TestRunResult run = program.TestRun(new TestRunInput { Data = Packet(program), Repeat = (uint)Math.Min(runs, int.MaxValue) });
            pump.Drain();
            int exit = runner.TakeExit();
            if (exit == 0 && run.ReturnValue != 0) return true; // it says that it cannot run here
            long total = (long)run.NanosecondsPerRun * runs;
            if (total < ShortestNs && runs < int.MaxValue)
            {
                runs *= total < 1_000 ? 1_000 : total < 10_000 ? 100 : total < 100_000 ? 10 : 2;
                continue;
            }

            if (exit != 0 || captured.Errors != 0)
            {
                output.Error($"Benchmark '{names[index]}' failed.");
                return false;
            }

            output.Benchmark(names, index, (long)run.NanosecondsPerRun, runs);
            return true;
        }
    }
}
