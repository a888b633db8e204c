// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Vm.Debugging;

/// <summary>A program that is stepped does what it does when it runs, and going back is going back.</summary>
public sealed class DebugRepetitionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Stepping_RandomPrograms_EndsAsARunDoes(int seed)
    {
        for (int i = 0; i < 25; i++)
        {
            BpfObject source = DebugPrograms.FromCode(new ProgramGenerator((seed * 1000) + i).Runnable(new RunnableOptions { MemorySize = 64, ForKernel = false }));
            byte[] memory = new byte[64];
            new Random(seed + i).NextBytes(memory);
            using VmObject loaded = VmObject.Load(source, new VmOptions { Engine = VmEngine.Interpreter, Regime = VmRegime.Checked });
            RunResult expected = loaded.Programs["main"].Run(memory);
            using DebugSession session = new(new DebugTarget(source, "main") { Inputs = [new DebugInput(memory)] });
            while (session.IsAtInstruction) session.StepInstruction();
            RunResult result = session.Stop.Result!;
            Assert.Null(result.Fault);
            Assert.Equal(expected.Value, result.Value);
            Assert.Equal(expected.Packet, result.Packet);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void ReverseInstruction_ThenInstruction_ReturnsToTheSameState(int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < 6; i++)
        {
            BpfObject source = DebugPrograms.FromCode(new ProgramGenerator((seed * 1000) + i).Runnable(new RunnableOptions { MemorySize = 64, ForKernel = false }));
            byte[] memory = new byte[64];
            random.NextBytes(memory);
            using DebugSession session = new(new DebugTarget(source, "main") { Inputs = [new DebugInput(memory)] });
            List<string> states = [];
            while (session.IsAtInstruction)
            {
                states.Add(DebugPrograms.State(session));
                session.StepInstruction();
            }

            states.Add(DebugPrograms.State(session));
            Assert.Equal(states.Count - 1, session.Stop.Step);
            for (int n = 0; n < 30; n++)
            {
                if (random.Next(3) == 0) session.GoTo(0, random.Next(states.Count - 1));
                else if (random.Next(2) == 0) session.ReverseInstruction();
                else if (session.IsAtInstruction) session.StepInstruction();
                Assert.Equal(states[(int)session.Stop.Step], DebugPrograms.State(session));
            }
        }
    }

    [ClangFact]
    public void GoTo_AnyPlaceOfARealProgram_IsTheSameEachTime()
    {
        using DebugSession session = DebugPrograms.Start(64, 32, 128, 60, 61);
        Dictionary<(int, long), string> states = [];
        while (true)
        {
            states[(session.Stop.Run, session.Stop.Step)] = DebugPrograms.State(session);
            if (!session.IsAtInstruction && session.Stop.Run == 4) break;
            session.StepInstruction();
        }

        Assert.True(states.Count > 200, $"{states.Count} places");
        Random random = new(5);
        (int Run, long Step)[] places = [.. states.Keys];
        for (int n = 0; n < 60; n++)
        {
            (int run, long step) = places[random.Next(places.Length)];
            session.GoTo(run, step);
            Assert.Equal((run, step), (session.Stop.Run, session.Stop.Step));
            Assert.Equal(states[(run, step)], DebugPrograms.State(session));
        }

        // and back over the borders of runs, one by one
        session.GoTo(2, 3);
        for (int n = 0; n < 12; n++)
        {
            session.ReverseInstruction();
            Assert.Equal(states[(session.Stop.Run, session.Stop.Step)], DebugPrograms.State(session));
        }

        Assert.Equal(1, session.Stop.Run);
    }

    [ClangFact]
    public void Runs_UnderTheDebugger_GiveTheResultsOfTheMachine()
    {
        int[] lengths = [64, 32, 128, 60, 61, 1500, 14];
        List<uint> verdicts = [];
        using (DebugSession session = DebugPrograms.Start(lengths))
        {
            DebugStop stop = session.Continue();
            verdicts.AddRange(stop.Ended.Select(e => (uint)e.Value));
            verdicts.Add(stop.Result!.ReturnValue);
            Assert.Equal(lengths.Length, session.Events.Count + 1); // the last run's is in its ring still
            Assert.Equal(4042, long.Parse(session.Evaluate("total").Value.Split(' ')[0]));
        }

        using VmObject loaded = VmObject.Load(DebugPrograms.Fixture(), new VmOptions { RandomSeed = 1, CpuCount = 1, Engine = VmEngine.Interpreter });
        Assert.Equal(lengths.Select(l => loaded.Programs["first"].Run(new byte[l]).ReturnValue), verdicts);
    }

    [ClangFact]
    public void Changes_AreMadeAgain_WhenARunIsRepeated_AndForgottenWhenTheFutureChanges()
    {
        using DebugSession session = DebugPrograms.Start(64);
        session.AddBreakpoint("second");
        session.Assign("limit", "10");
        session.Continue();
        Assert.Equal("55 (0x37)", session.Evaluate("total").Value);
        session.ReverseInstruction();
        session.StepInstruction();
        Assert.Equal("55 (0x37)", session.Evaluate("total").Value);
        session.GoTo(0, 0);
        session.Assign("limit", "2");
        session.Continue();
        Assert.Equal("3", session.Evaluate("total").Value);
    }
}
