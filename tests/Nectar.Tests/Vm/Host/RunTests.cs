// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Xunit;

namespace Nectar.Tests.Vm.Host;

/// <summary>Programs on packets, maps and contexts through the public API, on both engines.</summary>
public sealed class RunTests
{
    private const string CountProtocols = """
        .license "GPL"
        .map protocols type=array key=u32 value=u64 max=256
        .program count type=socket_filter
            r6 = r1
            r0 = *(u8 *)skb[23]
            *(u32 *)(r10 - 4) = r0
            r1 = protocols ll
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto done
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
        done:
            r0 = *(u32 *)(r6 + 0)
            exit
        """;

    private const string ReadAt = """
        r2 = *(u32 *)(r1 + 0)
        r3 = *(u32 *)(r1 + 4)
        r4 = r2
        r4 += 14
        r0 = 2
        if r4 > r3 goto out
        r0 = *(u8 *)(r2 + 13)
        *(u8 *)(r2 + 0) = 0x77
        out:
        exit
        """;

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Run_XdpReadsAndWritesPacket_GivesChangedCopy(VmEngine engine)
    {
        using VmObject loaded = Asm.Program(ReadAt, engine: engine);
        byte[] packet = Asm.Packet(60);
        packet[13] = 99;
        RunResult result = loaded.Programs["main"].Run(packet);
        Assert.Null(result.Fault);
        Assert.Equal(99u, result.ReturnValue);
        Assert.Equal(0x77, result.Packet[0]);
        Assert.Equal(0, packet[0]);
        Assert.Equal(2u, loaded.Programs["main"].Run(packet.AsSpan(0, 13)).ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Run_SocketFilterCounts_MapHoldsCounts(VmEngine engine)
    {
        using VmObject loaded = Asm.Load(CountProtocols, engine);
        for (int i = 0; i < 3; i++) Assert.Equal(60u, loaded.Programs[0].Run(Asm.Packet(60)).ReturnValue);
        Assert.Equal(0u, loaded.Programs[0].Run(Asm.Packet(20)).ReturnValue); // LD_ABS outside ends the program with 0
        byte[] value = new byte[8];
        Assert.Equal(Errno.None, loaded.Maps["protocols"].Lookup([6, 0, 0, 0], value));
        Assert.Equal(3ul, BinaryPrimitives.ReadUInt64LittleEndian(value));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Runner_ManyThreads_CountsAreExact(VmEngine engine)
    {
        using VmObject loaded = Asm.Load(CountProtocols, engine);
        byte[] packet = Asm.Packet(60);
        const int threads = 4, runs = 20_000;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            using VmRunner runner = loaded.Programs[0].CreateRunner();
            for (int i = 0; i < runs; i++) runner.Run(packet);
        });
        byte[] value = new byte[8];
        loaded.Maps["protocols"].Lookup([6, 0, 0, 0], value);
        Assert.Equal((ulong)(threads * runs), BinaryPrimitives.ReadUInt64LittleEndian(value));
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Runner_Loop_AllocatesNothing(VmEngine engine)
    {
        using VmObject loaded = Asm.Load(CountProtocols, engine);
        byte[] packet = Asm.Packet(60);
        using VmRunner runner = loaded.Programs[0].CreateRunner();
        for (int i = 0; i < 1000; i++) runner.Run(packet);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++) runner.Run(packet);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Run_SkbFields_AreReadAndWritten(VmEngine engine)
    {
        using VmObject loaded = Asm.Program("""
            r0 = *(u32 *)(r1 + 0)
            r2 = *(u32 *)(r1 + 8)
            r2 += 1
            *(u32 *)(r1 + 8) = r2
            *(u32 *)(r1 + 48) = r0
            r3 = *(u32 *)(r1 + 16)
            *(u32 *)(r1 + 52) = r3
            exit
            """, "sched_cls", engine);
        RunResult result = loaded.Programs[0].Run(Asm.Packet(64), new RunContext { ["mark"] = 41 });
        Assert.Null(result.Fault);
        Assert.Equal(64u, result.ReturnValue);
        Assert.Equal(42ul, result.Field("mark"));
        Assert.Equal(64ul, result.Field("cb", 0));
        Assert.Equal(8ul, result.Field("cb", 1)); // ETH_P_IP in network order
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Run_ContextThroughUnknownPointer_IsRedirected(VmEngine engine)
    {
        // The pointer goes through a shift, which the analysis does not follow.
        using VmObject loaded = Asm.Program("""
            r6 = r1
            r6 <<= 1
            r6 >>= 1
            r2 = *(u32 *)(r6 + 0)
            r3 = *(u32 *)(r6 + 4)
            r3 -= r2
            r0 = r3
            exit
            """, engine: engine, options: Asm.Unverified);
        Assert.Equal(77u, loaded.Programs[0].Run(Asm.Packet(77)).ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Run_SubprogramWithContext_Works(VmEngine engine)
    {
        using VmObject loaded = Asm.Load("""
            .license "GPL"
            .program main type=xdp
                r6 = 5
                r7 = r1
                call length
                r0 += r6
                exit
            .function length
                r6 = *(u32 *)(r1 + 4)
                r2 = *(u32 *)(r1 + 0)
                r6 -= r2
                r0 = r6
                exit
            """, engine);
        Assert.Equal(65u, loaded.Programs[0].Run(Asm.Packet(60)).ReturnValue);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Run_RecordContext_ReadsAndWritesFields(VmEngine engine)
    {
        using VmObject loaded = Asm.Program("""
            r2 = *(u32 *)(r1 + 4)
            r2 += 1
            *(u32 *)(r1 + 4) = r2
            *(u32 *)(r1 + 24) = 80
            r0 = 1
            exit
            """, "cgroup_sock_addr", engine);
        RunResult result = loaded.Programs[0].Run(new RunContext { ["user_ip4"] = 7 });
        Assert.Null(result.Fault);
        Assert.Equal(8ul, result.Field("user_ip4"));
        Assert.Equal(80ul, result.Field("user_port"));
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => loaded.Programs[0].Run(new RunContext { ["nosuch"] = 1 }));
        Assert.Contains("user_ip4", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WhileRunning_EndsTheRunAndCrashesNothing()
    {
        VmObject loaded = Asm.Program("again: goto again\nexit", engine: VmEngine.Interpreter, options: Asm.Unverified with { TimeLimit = Timeout.InfiniteTimeSpan });
        Task<RunResult> run = Task.Run(() => loaded.Programs[0].Run(Asm.Packet(60)));
        await Task.Delay(50);
        loaded.Dispose();
        Assert.Equal(FaultKind.Cancelled, (await run).Fault?.Kind);
        Assert.Throws<ObjectDisposedException>(() => loaded.Programs[0].Run(Asm.Packet(60)));
    }
}
