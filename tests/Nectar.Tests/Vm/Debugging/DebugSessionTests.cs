// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Asm;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Vm.Debugging;

public sealed class DebugSessionTests
{
    [ClangFact]
    public void Step_GoesIntoCallbacksOfHelpers_AndNextOverThem()
    {
        using DebugSession session = DebugPrograms.Start(64);
        session.AddBreakpoint("bpf_loop");
        session.Continue();
        session.StepInstruction();
        Assert.Equal(["add", "first"], session.Frames.Select(f => f.Function));
        Assert.Equal("bpf_loop", session.Frames[1].Helper);
        Assert.Equal([("index", "0"), ("sum", "r10-16 of frame 1")], session.Frames[0].Arguments);
        session.StepOut();
        Assert.Equal(("first", "6"), (session.Frame.Function, session.Evaluate("*(u64 *)(r10 - 16)").Value));
        session.ReverseOut();
        Assert.Equal("first", session.Frame.Function);
    }

    [ClangFact]
    public void CallbackThatIsCalledAgain_HasItsNewArguments()
    {
        using DebugSession session = DebugPrograms.Start(64);
        session.AddBreakpoint("add", "index == 2");
        session.Continue();
        Assert.Equal("2", session.Frame.Arguments[0].Value);
        session.ReverseInstruction();
        Assert.Equal(("add", "1"), (session.Frame.Function, session.Frame.Arguments[0].Value));
    }

    [ClangFact]
    public void TailCall_ReplacesTheFunction_AndTheProgram()
    {
        using DebugSession session = DebugPrograms.Start(64);
        session.AddBreakpoint("second");
        session.Continue();
        Assert.Equal("second", session.Frame.Program.Name);
        Assert.Single(session.Frames);
        session.ReverseInstruction();
        Assert.Equal("first", session.Frame.Program.Name);
        Assert.Contains("bpf_tail_call", session.Disassemble(session.Frame.Program, session.Frame.Slot), StringComparison.Ordinal);
    }

    [ClangFact]
    public void Breakpoints_AtLines_AreMovedToTheNextLineWithCode()
    {
        using DebugSession session = DebugPrograms.Start(64);
        Breakpoint blank = session.AddBreakpoint("debug.bpf.c:73");
        Assert.False(blank.IsMoved);
        Breakpoint moved = session.AddBreakpoint("fixtures/debug.bpf.c:65");
        Assert.True(moved.IsMoved);
        Assert.Equal("second", moved.Places[0].Program.Name);
        Assert.Equal("NEC5105", Assert.Throws<DebugException>(() => session.AddBreakpoint("debug.bpf.c:1000")).Diagnostics[0].Code.ToString());
        Assert.Equal("NEC5105", Assert.Throws<DebugException>(() => session.AddBreakpoint("*82000")).Diagnostics[0].Code.ToString());
        Assert.Equal("NEC5101", Assert.Throws<DebugException>(() => session.AddBreakpoint("second", "r1 >")).Diagnostics[0].Code.ToString());
        Assert.Equal(2, session.Breakpoints.Count);
        DebugStop stop = session.Continue();
        Assert.Same(blank, stop.Breakpoint);
    }

    [ClangFact]
    public void Watchpoint_StopsBehindTheWrite_AndBeforeItBackwards()
    {
        using DebugSession session = DebugPrograms.Start(64);
        session.AddWatchpoint("total");
        DebugStop stop = session.Continue();
        Assert.Equal((DebugStopReason.Watchpoint, "0", "6"), (stop.Reason, stop.OldValue, stop.NewValue));
        Assert.Equal("1006 (0x3ee)", session.Continue().NewValue);
        stop = session.ReverseContinue();
        Assert.Equal(("1006 (0x3ee)", "6"), (stop.OldValue, stop.NewValue));
        Assert.Equal("6", session.Evaluate("total").Value);
        Assert.Equal("0", session.ReverseContinue().NewValue);
        Assert.Equal(0, session.ReverseContinue().Step);
    }

    [ClangFact]
    public void ReverseLine_ThenLine_ReturnsToTheSamePlace()
    {
        using DebugSession session = DebugPrograms.Start(64);
        List<long> places = [];
        while (session.IsAtInstruction)
        {
            places.Add(session.Stop.Step);
            session.StepLine();
        }

        Assert.True(places.Count > 20, $"{places.Count} lines");
        for (int i = places.Count - 1; i > 0; i--)
        {
            session.GoTo(0, places[i]);
            session.ReverseLine();
            Assert.Equal(places[i - 1], session.Stop.Step);
            session.StepLine();
            Assert.Equal(places[i], session.Stop.Step);
        }
    }

    [ClangFact]
    public void Expressions_ReadWhatTheProgramHas()
    {
        using DebugSession session = DebugPrograms.Start(64, 64);
        session.AddBreakpoint("bpf_ringbuf_reserve");
        session.Continue();
        uint kind = (uint)session.EvaluateWord("*(u32 *)(r10 - 4)");
        Assert.Equal("{packets: 1, bytes: 64, last: {source: 16777343, port: 80, flags: 5, state: 9}}", session.Evaluate($"counts[{kind}]").Value);
        Assert.Equal("9", session.Evaluate($"counts[{kind}].last.state").Value);
        Assert.Equal($"counts[{kind}]+16", session.NameOf(session.EvaluateWord($"&counts[{kind}].last")));
        Assert.Equal("80 (0x50)", session.Evaluate($"((struct count *)&counts[{kind}])->last.port").Value);
        Assert.Equal("packet end", session.Evaluate("ctx->data_end").Value);
        Assert.Equal("64 (0x40)", session.Evaluate("ctx->data_end - packet").Value);
        Assert.Equal("-7", session.Evaluate("-7").Value);
        Assert.Equal("14 (0xe)", session.Evaluate("2 + 3 * 4").Value);
        Assert.Equal("1", session.Evaluate("(r10 - 8 < r10) && !(limit != 3) || nothing").Value);
        foreach (string wrong in new[] { "r1 +", "(r1", "counts[", "r1 r2", "packet[64]", "*(u32 *)0", "counts[99]", "*r1", "ctx->nothing", "5 / 0", "$$", "(struct nothing *)r1", new string('(', 5000) })
            Assert.Throws<DebugException>(() => session.Evaluate(wrong));
    }

    [Fact]
    public void Fault_StandsAtTheInstruction_WithItsRegisters()
    {
        using DebugSession session = new(new DebugTarget(Assembler.Assemble(".license \"GPL\"\n.program main type=xdp\nr2 = *(u32 *)(r1 + 0)\nr3 = *(u8 *)(r2 + 60)\nr0 = 2\nexit\n"), "main") { Inputs = [new DebugInput(new byte[60])] });
        DebugStop stop = session.Continue();
        Assert.Equal(DebugStopReason.Fault, stop.Reason);
        Assert.Equal(1, session.Frame.Slot);
        Assert.Equal("packet", session.Evaluate("r2").Value);
        Assert.Contains("read of 1 byte at packet+60", stop.Fault!.Message, StringComparison.Ordinal);
        session.GoTo(0, 2); // behind the fault: the end of the run
        Assert.Equal(DebugStopReason.RunEnded, session.Stop.Reason);
        session.GoTo(0, 1);
        session.ReverseInstruction();
        Assert.Equal(0, session.Frame.Slot);
        session.StepInstruction();
        Assert.Equal(DebugStopReason.Fault, session.StepInstruction().Reason);
        Assert.NotNull(session.Continue().Result!.Fault);
    }

    [Fact]
    public void EndlessLoop_StandsStill_WhenAsked()
    {
        using DebugSession session = new(new DebugTarget(Assembler.Assemble(".license \"GPL\"\n.program main type=xdp\nloop:\nr2 += 1\ngoto loop\n"), "main") { Inputs = [new DebugInput(new byte[60])] });
        using Timer timer = new(_ => session.Pause(), null, 100, 100);
        Assert.Equal(DebugStopReason.Pause, session.Continue().Reason);
        Assert.True(session.EvaluateWord("r2") > 0);
    }

    [Fact]
    public void Object_ThatCannotBeLoaded_IsRefusedAsByTheMachine() =>
        Assert.Throws<Bpf.Diagnostics.LoadException>(() => new DebugSession(new DebugTarget(Assembler.Assemble(".license \"GPL\"\n.program main type=xdp\ncall 9999\nexit\n"), "main")).Dispose());

    [Fact]
    public void Sample_OverItsCapture_GivesTheVerdictsOfARun()
    {
        List<DebugInput> packets = DebugPrograms.Packets(Path.Combine(Repository.Root, "samples", "http.pcap"));
        using DebugSession session = new(new DebugTarget(Assembler.Assemble(File.ReadAllText(Path.Combine(Repository.Root, "samples", "block_http.bpfasm"))), "block_http") { Inputs = packets });
        DebugStop end = session.Continue();
        ulong[] results = [.. end.Ended.Select(e => e.Value), end.Result!.Value];
        Assert.Equal((104, 12, 92), (results.Length, results.Count(r => r == 1), results.Count(r => r == 2)));
        Assert.Equal(12, session.Events.Count);
        session.AddBreakpoint("bpf_ringbuf_submit");
        DebugStop last = session.ReverseContinue();
        Assert.True(last.Reason == DebugStopReason.Breakpoint || last.Step == 0);
        for (int n = 0; last.Reason != DebugStopReason.Breakpoint && n < 200; n++) last = session.ReverseContinue();
        Assert.Equal(DebugStopReason.Breakpoint, last.Reason);
        Assert.Equal("record of 'events'", session.Evaluate("r1").Value);
    }
}
