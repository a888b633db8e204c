// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Links.Tracing;

[Collection(nameof(Native))] // they count calls of the same functions in the same process
public sealed class RawTracepointTests
{
    private const string SystemCallNumber = "r7 = *(u64 *)(r6 + 8)";

    [BpfFact]
    public void Attach_SystemCalls_SeesTheNumber()
    {
        using CountingProgram counter = CountingProgram.Load("raw_tp/sys_enter", SystemCallNumber);
        using (RawTracepoints.Attach(counter.Program, "sys_enter"))
        {
            Native.GetParent();
        }

        ulong runs = counter.Runs;
        Assert.True(runs >= 1);
        Native.GetParent();
        Assert.Equal(runs, counter.Runs);
    }

    [BpfFact]
    public void Attach_WithCookie_ReachesTheProgram()
    {
        using CountingProgram counter = CountingProgram.Load("raw_tp/sys_enter", CountingProgram.Cookie);
        using BpfLink link = RawTracepoints.Attach(counter.Program, "sys_enter", 0x1234_5678_9abc);
        Native.GetParent();
        Assert.Equal(0x1234_5678_9abcul, counter.Value);
    }

    [BpfFact]
    public void Attach_UnknownName_NamesTheNearest()
    {
        using CountingProgram counter = CountingProgram.Load("raw_tp/sys_enter");
        KernelException refused = Assert.Throws<KernelException>(() => RawTracepoints.Attach(counter.Program, "sched_swich"));
        Assert.Contains("NEC4101", refused.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'sched_switch'?", refused.Message, StringComparison.Ordinal);
    }

    [BpfFact]
    public void Attach_WritableTracepoint_RunsAtATestRun()
    {
        // bpf_test_finish fires in every test run, with a pointer to its result that the program may write.
        using CountingProgram writer = CountingProgram.Load("raw_tp.w/bpf_test_finish", "r7 = 9");
        using CountingProgram run = CountingProgram.Load("raw_tp/sys_enter");
        using KernelProgram packet = KernelProgram.Load(new ProgramLoad { Name = "packet", Type = Bpf.Objects.ProgramType.SocketFilter, Instructions = Bpf.Asm.Assembler.AssembleInstructions("r0 = 1\nexit") });
        using BpfLink link = RawTracepoints.Attach(writer.Program, "bpf_test_finish");
        packet.TestRun(new TestRunInput { Data = new byte[64] });
        Assert.Equal(1ul, writer.Runs);
    }

    [BpfFact]
    public void TestRun_OnAProcessor_RunsWithTheGivenArguments()
    {
        using CountingProgram counter = CountingProgram.Load("raw_tp/sys_enter", SystemCallNumber, process: null);
        byte[] arguments = new byte[16];
        arguments[8] = 42;
        TestRunResult run = counter.Program.TestRun(new TestRunInput { Context = arguments, Cpu = 1 });
        Assert.Equal((1ul, 42ul, 0u), (counter.Runs, counter.Value, run.ReturnValue));
    }

    [BpfFact]
    public void Trampoline_BtfTracepoint_RunsAndKnowsItsCookie()
    {
        using CountingProgram counter = CountingProgram.Load("tp_btf/sys_enter", "r7 = *(u64 *)(r6 + 8)");
        using (BpfLink link = Trampolines.Attach(counter.Program))
        {
            Native.GetParent();
            Assert.Equal("tp_btf sys_enter", link.Target);
        }

        ulong runs = counter.Runs;
        Assert.True(runs >= 1);
        using CountingProgram other = CountingProgram.Load("tp_btf/sys_enter", CountingProgram.Cookie);
        using BpfLink withCookie = Trampolines.Attach(other.Program, 99);
        Native.GetParent();
        Assert.Equal(99ul, other.Value);
        Assert.Equal(runs, counter.Runs);
    }

    [BpfFact]
    public void Trampoline_BtfTracepointOfTasks_SeesThreads()
    {
        using CountingProgram counter = CountingProgram.Load("tp_btf/task_newtask");
        using BpfLink link = Trampolines.Attach(counter.Program);
        Thread thread = new(() => { });
        thread.Start();
        thread.Join();
        Assert.True(counter.Runs >= 1);
    }

    [BpfFact]
    public void TestRun_SystemCallProgram_GetsItsContext()
    {
        using CountingProgram counter = CountingProgram.Load("syscall", "r7 = *(u64 *)(r6 + 0)", process: null);
        counter.Program.TestRun(new TestRunInput { Context = BitConverter.GetBytes(4711L) });
        Assert.Equal((1ul, 4711ul), (counter.Runs, counter.Value));
    }
}
