// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.KernelTests.Events;

/// <summary>Reading ring buffers of both hosts, with programs that fill them.</summary>
public sealed class RingBufferTests
{
    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Read_BurstOfTenThousand_ArrivesInOrderWithoutAllocation(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 20);
        using RingBuffer<Record> ring = new(producer.Ring, producer.Loss);
        InOrder check = default;
        producer.Emit(10_000);
        Assert.Equal(10_000, ring.Read(ref check));
        Assert.Equal(0ul, check.Wrong);
        producer.Emit(10_000);
        check.Next = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = ring.Read(ref check);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10_000, count);
        Assert.Equal(0ul, check.Wrong);
        Assert.Equal(0, ring.Lost);
        Assert.Equal(0, ring.Reader.Available);
        Assert.Equal(10_000 * 40, ring.Reader.MostAvailable);
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Lost_TinyRingOverflows_IsCountedAndReadingGoesOn(EventHost host)
    {
        using RingProducer producer = new(host, 4096);
        using RingBuffer<Record> ring = new(producer.Ring, host == EventHost.Kernel ? producer.Loss : null);
        Assert.True(ring.Reader.CountsLost);
        long received = 0;
        for (int round = 1; round <= 50; round++)
        {
            producer.Emit(1000);
            InOrder check = default;
            received += ring.Read(ref check); // the first ones of a round have room: their numbers have no gaps
            Assert.Equal(0ul, check.Wrong);
            Assert.Equal(round * 1000, received + ring.Lost);
        }

        Assert.InRange(ring.Lost, 1, 49_999);
        Assert.InRange(ring.Reader.MostAvailable, 4000, 4096);
    }

    [BpfFact]
    public void CountsLost_KernelRingWithoutCounter_SaysSo()
    {
        using RingProducer producer = new(EventHost.Kernel, 4096);
        using RingBufferReader reader = new(producer.Ring);
        Assert.False(reader.CountsLost);
        producer.Emit(1000);
        Assert.Equal(0, reader.Lost);
        Assert.InRange(reader.Available, 4000, 4096); // all that can be known: it is full
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Read_DiscardedRecords_AreSkipped(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        using RingBufferReader reader = new(producer.Ring);
        producer.Emit(100, RingProducer.DiscardOdd);
        List<ulong> seen = [];
        Assert.Equal(50, reader.Read(record =>
        {
            seen.Add(BitConverter.ToUInt64(record));
            return true;
        }));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (ulong)(2 * i)), seen);
        Assert.Equal(0, reader.Available);
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Read_MaxRecordsAndFalse_StopAfterTheRecord(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        using RingBufferReader reader = new(producer.Ring);
        producer.Emit(100);
        List<ulong> seen = [];
        Assert.Equal(7, reader.Read(Keep, 7));
        Assert.Equal(3, reader.Read(record => Keep(record) && seen[^1] != 9));
        Assert.Equal(90, reader.Read(Keep));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (ulong)i), seen);

        bool Keep(ReadOnlySpan<byte> record)
        {
            seen.Add(BitConverter.ToUInt64(record));
            return true;
        }
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Read_HandlerThrows_RecordIsReadAndTheNextFollows(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        using RingBufferReader reader = new(producer.Ring);
        producer.Emit(3);
        Assert.Throws<FormatException>(() => reader.Read(_ => throw new FormatException()));
        using (RingLease lease = Lease(reader)) Assert.Equal(1ul, BitConverter.ToUInt64(lease.Record));
        Assert.Equal(1, reader.Read(_ => true));
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void TryLease_HoldsOneRecord_AndNothingElseWorksMeanwhile(EventHost host)
    {
        using RingProducer producer = new(host, 1 << 16);
        using RingBufferReader reader = new(producer.Ring);
        Assert.False(reader.TryLease(out _));
        producer.Emit(4, RingProducer.DiscardOdd);
        Assert.True(reader.TryLease(out RingLease lease));
        Assert.Equal(0ul, BitConverter.ToUInt64(lease.Record));
        Assert.Throws<InvalidOperationException>(() => reader.Read(_ => true));
        lease.Dispose();
        Assert.True(reader.TryLease(out lease));
        Assert.Equal(2ul, BitConverter.ToUInt64(lease.Record));
        reader.Dispose(); // the lease's memory stays until it ends
        Assert.Equal(2ul, BitConverter.ToUInt64(lease.Record));
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.Read(_ => true));
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Constructor_SecondReader_IsRefusedUntilTheFirstIsGone(EventHost host)
    {
        using RingProducer producer = new(host, 4096);
        RingBufferReader first = new(producer.Ring);
        Assert.Contains("reader already", Assert.Throws<InvalidOperationException>(() => new RingBufferReader(producer.Ring)).Message, StringComparison.Ordinal);
        first.Dispose();
        first.Dispose();
        using RingBufferReader second = new(producer.Ring);
        producer.Emit(5);
        Assert.Equal(5, second.Read(_ => true));
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Dispose_InHandler_EndsAfterIt(EventHost host)
    {
        using RingProducer producer = new(host, 4096);
        RingBufferReader reader = new(producer.Ring);
        producer.Emit(60);
        int seen = 0;
        reader.Read(_ =>
        {
            if (seen++ == 0) reader.Dispose();
            return true;
        });
        Assert.InRange(seen, 1, 59);
        Assert.Throws<ObjectDisposedException>(() => reader.Read(_ => true));
        using RingBufferReader next = new(producer.Ring); // what was not handed out is still there
        Assert.Equal(60 - seen, next.Read(_ => true));
    }

    [BpfTheory, InlineData(EventHost.Kernel), InlineData(EventHost.Process)]
    public void Read_ReaderOutlivesTheMapObject(EventHost host)
    {
        RingProducer producer = new(host, 4096);
        using RingBufferReader reader = new(producer.Ring);
        producer.Emit(10);
        producer.Dispose();
        Assert.Equal(10, reader.Read(_ => true));
    }

    [BpfFact]
    public void Constructor_OtherMap_IsAnArgumentError()
    {
        using Nectar.Linux.Maps.KernelMap map = Nectar.Linux.Maps.KernelMap.Create(new Nectar.Bpf.Objects.MapDefinition { Name = "m", Type = Nectar.Bpf.Objects.MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        Assert.Throws<ArgumentException>(() => new RingBufferReader(map));
        Assert.Throws<ArgumentException>(() => new PerfBufferReader(map));
        Assert.Throws<ArgumentException>(() => new UserRingBufferWriter(map));
    }

    [BpfFact]
    public void RingBuffer_RecordsShorterThanTheType_AreCounted()
    {
        using RingProducer producer = new(EventHost.Kernel, 4096);
        using RingBuffer<Larger> ring = new(producer.Ring);
        producer.Emit(3);
        Assert.Equal(3, ring.Read((ref readonly Larger _) => Assert.Fail("too short")));
        Assert.Equal(3, ring.TooShort);
    }

    internal struct InOrder : IRecordHandler<Record>
    {
        internal ulong Next, Wrong;

        public bool OnRecord(ref readonly Record record)
        {
            if (record.Index != Next || record.Twice != 2 * Next || record.Tag != 77) Wrong++;
            Next++;
            return true;
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct Larger;

    private static RingLease Lease(RingBufferReader reader) => reader.TryLease(out RingLease lease) ? lease : throw new InvalidOperationException("no record");
}
