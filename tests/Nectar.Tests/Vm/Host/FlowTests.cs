// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Vm;
using Xunit;

namespace Nectar.Tests.Vm.Host;

/// <summary>Tail calls, callbacks, timers, locks, exceptions, iterators, rings.</summary>
public sealed class FlowTests
{
    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void TailCall_Itself_StopsAfter33(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .map jumps type=prog_array key=u32 value=u32 max=2
            .map out type=array key=u32 value=u64 max=1
            .program main type=xdp
                r6 = r1
                *(u32 *)(r10 - 4) = 0
                r1 = out ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto end
                r1 = 1
                lock *(u64 *)(r0 + 0) += r1
                r1 = r6
                r2 = jumps ll
                r3 = 1
                call bpf_tail_call
            end:
                r0 = 7
                exit
            """, engine);
        Assert.Equal(Errno.None, loaded.Maps["jumps"].Update([1, 0, 0, 0], [0, 0, 0, 0]));
        RunResult result = loaded.Programs[0].Run(Asm.Packet(60));
        Assert.Null(result.Fault);
        Assert.Equal(7u, result.ReturnValue);
        Assert.Equal(34ul, Value(loaded, "out"));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void TailCall_FromSubprogram_ReturnsToTheCallersCaller(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .map jumps type=prog_array key=u32 value=u32 max=2
            .program main type=xdp
                r6 = 100
                call sub
                r0 += r6
                exit
            .function sub
                r2 = jumps ll
                r3 = 0
                call bpf_tail_call
                r0 = 1
                exit
            .program other type=xdp
                r6 = 5
                r0 = 20
                exit
            """, engine);
        Assert.Equal(101u, loaded.Programs["main"].Run(Asm.Packet(60)).ReturnValue);
        loaded.Maps["jumps"].Update([0, 0, 0, 0], [1, 0, 0, 0]);
        RunResult result = loaded.Programs["main"].Run(Asm.Packet(60));
        Assert.Null(result.Fault);
        Assert.Equal(120u, result.ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Loop_Callback_SeesIndexAndContext(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .program main type=xdp
                *(u64 *)(r10 - 8) = 0
                r1 = 10
                r2 = visit ll
                r3 = r10
                r3 += -8
                r4 = 0
                call bpf_loop
                r1 = *(u64 *)(r10 - 8)
                r0 *= 1000
                r0 += r1
                exit
            .function visit
                r3 = *(u64 *)(r2 + 0)
                r3 += r1
                *(u64 *)(r2 + 0) = r3
                r0 = 0
                if r1 != 6 goto end
                r0 = 1
            end:
                exit
            """, engine);
        RunResult result = loaded.Programs[0].Run(Asm.Packet(60));
        Assert.Null(result.Fault);
        Assert.Equal(7021u, result.ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void ForEach_Callback_ReadsKeyAndWritesValue(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .map out type=array key=u32 value=u64 max=4
            .program main type=xdp
                r1 = out ll
                r2 = visit ll
                r3 = 0
                r4 = 0
                call bpf_for_each_map_elem
                exit
            .function visit
                r1 = *(u32 *)(r2 + 0)
                r1 += 10
                *(u64 *)(r3 + 0) = r1
                r0 = 0
                exit
            """, engine);
        RunResult result = loaded.Programs[0].Run(Asm.Packet(60));
        Assert.Null(result.Fault);
        Assert.Equal(4u, result.ReturnValue);
        Assert.Equal(13ul, Value(loaded, "out", 3));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void RingBuffer_SubmitAndLeak_ReaderSeesSubmittedOnly(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .map events type=ringbuf max=4096
            .program main type=xdp
                r1 = events ll
                r2 = 8
                r3 = 0
                call bpf_ringbuf_reserve
                if r0 == 0 goto end
                *(u64 *)(r0 + 0) = 77
                r1 = r0
                r2 = 0
                call bpf_ringbuf_submit
            end:
                r0 = 0
                exit
            .program leak type=xdp
                r1 = events ll
                r2 = 8
                r3 = 0
                call bpf_ringbuf_reserve
                *(u64 *)(r0 + 8) = 1
                exit
            """, engine, Asm.Unverified);
        List<ulong> seen = [];
        using RingBufferReader reader = new(loaded.Maps["events"]);
        Assert.Null(loaded.Programs["main"].Run(Asm.Packet(60)).Fault);
        Assert.Equal("write of 8 bytes at record of 'events'+8 ('events' is 8 bytes)", loaded.Programs["leak"].Run(Asm.Packet(60)).Fault?.Message);
        Assert.Null(loaded.Programs["main"].Run(Asm.Packet(60)).Fault);
        reader.Read(record =>
        {
            seen.Add(BinaryPrimitives.ReadUInt64LittleEndian(record));
            return true;
        });
        Assert.Equal([77ul, 77ul], seen);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void SpinLock_ManyThreads_LosesNoUpdate(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .map out type=array key=u32 value=u64 max=2
            .program main type=xdp
                *(u32 *)(r10 - 4) = 0
                r1 = out ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto end
                r6 = r0
                *(u32 *)(r10 - 4) = 1
                r1 = out ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto end
                r7 = r0
                r1 = r7
                call bpf_spin_lock
                r2 = *(u64 *)(r6 + 0)
                r2 += 1
                *(u64 *)(r6 + 0) = r2
                r1 = r7
                call bpf_spin_unlock
            end:
                r0 = 0
                exit
            .program twice type=xdp
                *(u64 *)(r10 - 8) = 0
                r1 = r10
                r1 += -8
                call bpf_spin_lock
                r1 = r10
                r1 += -8
                call bpf_spin_lock
                exit
            """, engine, Asm.Unverified);
        Parallel.For(0, 4, _ =>
        {
            using VmRunner runner = loaded.Programs["main"].CreateRunner();
            for (int i = 0; i < 5000; i++) runner.Run(Asm.Packet(60));
            Assert.Equal(0, runner.Faults);
        });
        Assert.Equal(20_000ul, Value(loaded, "out"));
        Assert.Equal("bpf_spin_lock: the program holds a lock already", loaded.Programs["twice"].Run(Asm.Packet(60)).Fault?.Message);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Timer_DrivenByTheHost_CallsBackWithKeyAndValue(VmEngine engine)
    {
        ulong now = 1000;
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .map timers type=array key=u32 value=u64[4] max=2
            .program main type=sched_cls
                *(u32 *)(r10 - 4) = 1
                r1 = timers ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto end
                r6 = r0
                r1 = r6
                r2 = timers ll
                r3 = 1
                call bpf_timer_init
                r1 = r6
                r2 = fire ll
                call bpf_timer_set_callback
                r1 = r6
                r2 = 500
                r3 = 0
                call bpf_timer_start
            end:
                exit
            .function fire
                r1 = *(u32 *)(r2 + 0)
                r1 += 40
                *(u64 *)(r3 + 16) = r1
                r0 = 0
                exit
            """, engine, Asm.Unverified with { Clock = () => now }); // no types that say where the timer is
        RunResult result = loaded.Programs[0].Run(Asm.Packet(60));
        Assert.Null(result.Fault);
        Assert.Equal(0u, result.ReturnValue);
        Assert.Equal(0, loaded.RunTimers());
        now = 1500;
        Assert.Equal(1, loaded.RunTimers());
        byte[] value = new byte[32];
        loaded.Maps["timers"].Lookup([1, 0, 0, 0], value);
        Assert.Equal(41ul, BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(16)));
        Assert.Equal(0, loaded.RunTimers(5000));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void MayGoto_EndlessLoop_IsLeftAfterTheKernelsLimit(VmEngine engine)
    {
        using VmObject loaded = Asm.Program("r0 = 0\nagain: may_goto +2\nr0 += 1\ngoto again\nexit", engine: engine);
        RunResult result = loaded.Programs[0].Run(Asm.Packet(60));
        Assert.Null(result.Fault);
        Assert.Equal(8u * 1024 * 1024, result.ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void SnPrintf_AndTrace_Format(VmEngine engine)
    {
        List<string> lines = [];
        using VmObject loaded = Asm.Program("""
            *(u64 *)(r10 - 16) = 0x64253a78
            *(u64 *)(r10 - 8) = 0
            *(u32 *)(r10 - 12) = 0x0a7825
            r1 = r10
            r1 += -16
            r2 = 8
            r3 = -5
            r4 = 255
            r5 = 0
            call bpf_trace_printk
            exit
            """, engine: engine, options: new VmOptions { TraceSink = lines.Add });
        RunResult result = loaded.Programs[0].Run(Asm.Packet(60));
        Assert.Null(result.Fault);
        Assert.Equal(["x:-5ff"], lines);
        Assert.Equal(7u, result.ReturnValue);
    }

    [Fact]
    public void Identity_AndClock_AreTheOptions()
    {
        VmOptions options = new() { Identity = new VmIdentity { ProcessId = 7, ThreadId = 9, Command = "abcdef" }, Clock = () => 123 };
        using VmObject loaded = Asm.Program("""
            call bpf_get_current_pid_tgid
            r6 = r0
            call bpf_ktime_get_ns
            r6 += r0
            r1 = r10
            r1 += -16
            r2 = 4
            call bpf_get_current_comm
            r0 = *(u32 *)(r10 - 16)
            r6 ^= r0
            r0 = r6
            exit
            """, options: options);
        Assert.Equal((((7ul << 32) | 9) + 123) ^ 0x636261, loaded.Programs[0].Run(Asm.Packet(60)).Value);
    }

    private static ulong Value(VmObject loaded, string map, int index = 0)
    {
        byte[] value = new byte[8];
        Assert.Equal(Errno.None, loaded.Maps[map].Lookup(BitConverter.GetBytes(index), value));
        return BinaryPrimitives.ReadUInt64LittleEndian(value);
    }
}
