// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Runtime.InteropServices;
using Nectar.Linux.Maps;
using Nectar.Linux.Syscalls;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Events;

/// <summary>One reader a ring, across processes; and memory that somebody else wrote to.</summary>
public sealed unsafe class RingClaimTests
{
    [KernelFact("python3")]
    public void Constructor_AnotherProcessReads_IsRefusedUntilItEnds()
    {
        using RingProducer producer = new(EventHost.Kernel, 4096);
        uint id = ((KernelMap)producer.Ring).GetInfo().Id;
        // what a reader in another process of this library does
        string script = $"import fcntl,struct,sys; f=open('/proc/sys/kernel/bpf_stats_enabled','r+b',buffering=0); fcntl.fcntl(f,37,struct.pack('hhqqi4x',1,0,{id},1,0)); print('locked',flush=True); sys.stdin.read()";
        ProcessStartInfo start = new("python3") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        using Process other = Process.Start(start)!;
        try
        {
            Assert.Equal("locked", other.StandardOutput.ReadLine());
            KernelException refused = Assert.Throws<KernelException>(() => new RingBufferReader(producer.Ring));
            Assert.Equal(Errno.EBUSY, refused.Errno);
            Assert.Contains("another process is", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }

        using RingBufferReader reader = new(producer.Ring);
    }

    [BpfFact]
    public void Read_ConsumerPositionOverwritten_ReadingIsNotDisturbed()
    {
        using RingProducer producer = new(EventHost.Kernel, 4096);
        using RingBufferReader reader = new(producer.Ring);
        producer.Emit(10);
        using ConsumerPage page = new((KernelMap)producer.Ring);
        *page.Position = 0xdead_beef_0000;
        Assert.Equal(10, reader.Read(_ => true)); // its own position counts
        Assert.Equal(400ul, *page.Position);
    }

    [BpfTheory, InlineData(0xdead_beef_0000ul), InlineData(4ul), InlineData(ulong.MaxValue), InlineData(80ul)]
    public void Read_StartPositionOverwritten_IsAnErrorNotACrash(ulong position)
    {
        using RingProducer producer = new(EventHost.Kernel, 4096);
        producer.Emit(50);
        using ConsumerPage page = new((KernelMap)producer.Ring);
        *page.Position = position;
        using RingBufferReader reader = new(producer.Ring);
        if (position == 80)
        {
            Assert.Equal(48, reader.Read(_ => true)); // the start of a record: as if somebody had read two
            return;
        }

        for (int i = 0; i < 3; i++)
        {
            MapException problem = Assert.Throws<MapException>(() =>
            {
                // inside a record its bytes are taken for headers, some of which fit; in the end one does not
                for (int round = 0; round < 100; round++)
                {
                    reader.Read(_ => true);
                    producer.Emit(20);
                }
            });
            Assert.StartsWith("error NEC9256: map 'events': read the ring: ", problem.Diagnostics[0].ToString(), StringComparison.Ordinal);
        }

        Assert.Throws<MapException>(() => reader.TryLease(out _));
    }

    /// <summary>The page of a ring that every process with its descriptor can write to.</summary>
    private sealed class ConsumerPage : IDisposable
    {
        private readonly nint _address;

        internal ConsumerPage(KernelMap map)
        {
            _address = Libc.Mmap(0, (nuint)Environment.SystemPageSize, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, map.Handle.Fd, 0);
            Assert.NotEqual(Libc.MapFailed, _address);
        }

        internal ulong* Position => (ulong*)_address;

        public void Dispose() => _ = Libc.Munmap(_address, (nuint)Environment.SystemPageSize);
    }
}
