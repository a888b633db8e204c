// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Xunit;
using static Nectar.Tests.Maps.MapTestExtensions;

namespace Nectar.Tests.Maps;

/// <summary>What programs and users see of each type; errors that users can cause are compared with the kernel elsewhere.</summary>
public sealed unsafe class MapBehaviourTests
{
    [Fact]
    public void Create_DefinitionThatTheKernelRefuses_SaysWhyAndWhichErrno()
    {
        LoadException e = Assert.Throws<LoadException>(() => Make(MapType.RingBuf, 0, 0, 5000));
        Assert.Equal("error NEC9250: map 'm': create: EINVAL: max_entries is the size in bytes: a power of two and a multiple of the page size (4096), not 5000", e.Message);
        Assert.Equal(MapCodes.Unsupported, Assert.Throws<LoadException>(() => Make(MapType.StructOps, 4, 8, 1)).Diagnostics[0].Code);
    }

    [Fact]
    public void Hash_UpdateFromProgram_OldPointerKeepsItsValue()
    {
        using VmMap map = Make(MapType.Hash, 4, 8, 1);
        int key = 7;
        long one = 1;
        long two = 2;
        Assert.Equal(0, map.UpdateFromProgram((byte*)&key, (byte*)&one, 0, 0));
        byte* before = map.LookupPointer((byte*)&key, 0);
        Assert.Equal(0, map.UpdateFromProgram((byte*)&key, (byte*)&two, 0, 0));
        Assert.Equal(1, *(long*)before);
        Assert.Equal(2, *(long*)map.LookupPointer((byte*)&key, 0));
        key = 8;
        Assert.Equal(-7, map.UpdateFromProgram((byte*)&key, (byte*)&one, 0, 0));
        Assert.Equal(-2, map.DeleteFromProgram((byte*)&key));
    }

    [Fact]
    public void Header_HashLookUpAsMachineCodeDoesIt_FindsEveryKey()
    {
        using VmMap map = Make(MapType.Hash, 12, 8, 500);
        for (uint i = 0; i < 500; i++) Assert.Equal(Errno.None, map.Update(Key(i), B((ulong)i)));
        MapHeader* h = map.Header;
        for (uint i = 0; i < 500; i++)
        {
            fixed (byte* key = Key(i))
            {
                uint hash = MapHash.Compute(key, h->KeySize, h->HashSeed);
                uint at = h->Buckets[hash >> h->HashShift];
                while ((int)at >= 0 && !new Span<byte>(h->Values + ((ulong)at * h->ElementStride) + 8, 12).SequenceEqual(Key(i))) at = *(uint*)(h->Values + ((ulong)at * h->ElementStride));
                Assert.True((int)at >= 0);
                Assert.Equal(i, *(ulong*)(h->Values + ((ulong)at * h->ElementStride) + h->ValueOffset));
            }
        }

        static byte[] Key(uint i) => [.. B(i), .. B(i * 3), .. B(~i)];
    }

    [Fact]
    public void PerCpu_ProgramOnOneProcessor_OthersSeeZeros()
    {
        using VmMap map = Make(MapType.PerCpuHash, 4, 8, 4, cpus: 3);
        int key = 1;
        long five = 5;
        Assert.Equal(0, map.UpdateFromProgram((byte*)&key, (byte*)&five, 0, 1));
        Assert.True(new PerCpuMapView<int, long>(map).TryGet(1, out long[]? values));
        Assert.Equal([0, 5, 0], values);
        MapRegion region = map.Regions[0];
        ulong offset = (ulong)map.LookupPointer((byte*)&key, 2) - region.Start;
        Assert.Equal(region.Offset, offset % region.Stride);
        Assert.True(offset < region.Length);
    }

    [Fact]
    public void LruHash_Full_GivesUpTheElementThatWasNotUsed()
    {
        using VmMap map = Make(MapType.LruHash, 4, 8, 4);
        MapView<int, long> view = new(map);
        for (int i = 0; i < 4; i++) view.Set(i, i);
        for (int i = 0; i < 4; i++)
        {
            if (i != 2) Assert.True(map.LookupPointer((byte*)&i, 0) != null);
        }

        view.Set(10, 10);
        Assert.False(view.TryGet(2, out _));
        Assert.Equal([0, 1, 3, 10], view.Select(e => e.Key).Order());
    }

    [Fact]
    public void Walk_DeletingEachElement_SeesEveryElementOnce()
    {
        using VmMap map = Make(MapType.Hash, 4, 8, 1000);
        MapView<int, long> view = new(map);
        for (int i = 0; i < 1000; i++) view.Set(i, i);
        List<int> seen = [];
        foreach (KeyValuePair<int, long> element in view)
        {
            seen.Add(element.Key);
            Assert.True(view.Remove(element.Key));
        }

        Assert.Equal(Enumerable.Range(0, 1000), seen.Order());
        Assert.Empty(view);
    }

    [Fact]
    public void ForEach_CallbackThatDeletes_VisitsAllAndStopsOnRequest()
    {
        using VmMap map = Make(MapType.Hash, 4, 8, 100);
        for (int i = 0; i < 100; i++) map.Update(B(i), B((long)i));
        Assert.Equal(100, map.ForEach(&Delete, 0, 0));
        Assert.Empty(map.Snapshot());
        using VmMap array = Make(MapType.Array, 4, 8, 10);
        Assert.Equal(4, array.ForEach(&StopAtThree, 0, 0));

        static long Delete(VmMap map, byte* key, byte* value, nint state) => map.DeleteFromProgram(key) == 0 ? 0 : 1;
        static long StopAtThree(VmMap map, byte* key, byte* value, nint state) => *(uint*)key == 3 ? 1 : 0;
    }

    [Fact]
    public void LookupAndDeleteBatch_SmallRooms_EmptiesTheMap()
    {
        using VmMap map = Make(MapType.Hash, 4, 8, 100);
        for (int i = 0; i < 100; i++) map.Update(B(i), B((long)i));
        MapCursor cursor = new();
        byte[] keys = new byte[4 * 30];
        byte[] values = new byte[8 * 30];
        HashSet<int> seen = [];
        Errno errno;
        do
        {
            errno = map.LookupAndDeleteBatch(cursor, keys, values, out int count);
            for (int i = 0; i < count; i++) Assert.True(seen.Add(BitConverter.ToInt32(keys, i * 4)));
        }
        while (errno == Errno.None);
        Assert.Equal(Errno.ENOENT, errno);
        Assert.Equal(100, seen.Count);
        Assert.Empty(map.Snapshot());
    }

    [Fact]
    public void SpecialFields_UpdateLeavesThem_UsersSeeZeros()
    {
        VmMapOptions options = new() { Fields = [new MapField(MapFieldKind.SpinLock, 4, 4)] };
        using VmMap map = Make(MapType.Array, 4, 16, 1, options: options);
        int key = 0;
        byte* value = map.LookupPointer((byte*)&key, 0);
        *(uint*)(value + 4) = 0x55;
        byte[] all = Enumerable.Repeat((byte)0xAA, 16).ToArray();
        Assert.Equal(Errno.None, map.Update(B(0), all));
        Assert.Equal(0x55u, *(uint*)(value + 4));
        Assert.Equal(0xAAAAAAAAu, *(uint*)value);
        byte[] read = new byte[16];
        Assert.Equal(Errno.None, map.Lookup(B(0), read));
        Assert.Equal(0, BitConverter.ToInt32(read, 4));
        *(uint*)(value + 4) = 0;
        Assert.Equal(Errno.None, map.Update(B(0), all, MapUpdateFlags.Lock));
    }

    [Fact]
    public void ReadOnlyFlags_EachSide_IsRefusedItsWrites()
    {
        using VmMap forPrograms = Make(MapType.Array, 4, 8, 1, MapFlags.ReadOnlyProgram);
        int key = 0;
        long value = 1;
        Assert.Equal(-1, forPrograms.UpdateFromProgram((byte*)&key, (byte*)&value, 0, 0));
        Assert.True(forPrograms.Regions[0].IsReadOnly);
        using VmMap forUsers = Make(MapType.Hash, 4, 8, 1, MapFlags.ReadOnly);
        Assert.Equal(Errno.EPERM, forUsers.Update(B(0), B(1L)));
        Assert.Equal(0, forUsers.UpdateFromProgram((byte*)&key, (byte*)&value, 0, 0));
    }

    [Fact]
    public void RingBuffer_FullWithRecordInPreparation_CountsLost()
    {
        using VmMap map = Make(MapType.RingBuf, 0, 0, 4096);
        VmRingBuffer ring = (VmRingBuffer)map;
        using RingBufferReader reader = new(map);
        Assert.Throws<InvalidOperationException>(() => new RingBufferReader(map));
        Assert.True(ring.Reserve(4089, 0) == null);
        byte* first = ring.Reserve(4000, 0);
        Assert.True(first != null);
        Assert.True(ring.Reserve(100, 0) == null);
        Assert.Equal(1, reader.Lost);
        Assert.Equal(0, reader.Read(_ => true));
        ring.Commit(first, 0, true);
        Assert.Equal(0, reader.Read(_ => true));
        Assert.Equal(0ul, ring.Query(0));

        // a record that runs over the end of the data area is still in one piece
        byte* second = ring.Reserve(4000, 0);
        new Span<byte>(second, 4000).Fill(9);
        ring.Commit(second, 0, false);
        int length = 0;
        reader.Read(record =>
        {
            Assert.False(record.ContainsAnyExcept((byte)9));
            length = record.Length;
            return true;
        });
        Assert.Equal(4000, length);
    }

    [Fact]
    public void PerfEvents_OpenedByReader_ArriveByProcessorAndCountLost()
    {
        using VmMap map = Make(MapType.PerfEventArray, 4, 4, 2);
        VmPerfEventArray array = (VmPerfEventArray)map;
        long data = 77;
        Assert.Equal(-2, array.Output(VmPerfEventArray.CurrentCpu, (byte*)&data, 8, null, 0, 1));
        using PerfBufferReader reader = new(map, 4096);
        Assert.Equal(0, array.Output(VmPerfEventArray.CurrentCpu, (byte*)&data, 8, (byte*)&data, 4, 1));
        Assert.Equal(-95, array.Output(0, (byte*)&data, 8, null, 0, 1));
        Assert.Equal(-7, array.Output(2, (byte*)&data, 8, null, 0, 1));
        List<(int Cpu, int Length)> seen = [];
        reader.Read((cpu, sample) => seen.Add((cpu, sample.Length)));
        Assert.Equal([(1, 12)], seen);
        while (array.Output(VmPerfEventArray.CurrentCpu, (byte*)&data, 8, null, 0, 0) == 0)
        {
        }

        Assert.Equal(1, reader.Lost);
        Assert.Equal(1, reader.LostOn(0));
    }

    [Fact]
    public void UserRingBuffer_Drain_GivesSamplesInOrder()
    {
        using VmMap map = Make(MapType.UserRingBuf, 0, 0, 4096);
        VmUserRingBuffer ring = (VmUserRingBuffer)map;
        for (long i = 0; i < 5; i++) Assert.True(ring.TryWrite(B(i)));
        long sum = 0;
        Assert.Equal(3, ring.Drain(&Visit, (nint)(&sum), 0));
        Assert.Equal(3, sum);
        Assert.Equal(2, ring.Drain(&Visit, (nint)(&sum), 0));
        Assert.Equal(10, sum);
        Assert.Equal(-22, ring.Drain(&Visit, 0, 8));

        static long Visit(byte* sample, uint size, nint state)
        {
            *(long*)state += *(long*)sample;
            return *(long*)sample == 2 ? 1 : 0;
        }
    }

    [Fact]
    public void Storage_OfAnOwner_IsMadeOnDemandAndStays()
    {
        using VmMap map = Make(MapType.TaskStorage, 4, 8, 0, MapFlags.NoPrealloc);
        VmStorageMap storage = (VmStorageMap)map;
        Assert.True(storage.Get(42, null, 0, 0) == null);
        byte* value = storage.Get(42, null, VmStorageMap.Create, 0);
        Assert.Equal(0, *(long*)value);
        *(long*)value = 9;
        Assert.True(storage.Get(42, null, VmStorageMap.Create, 0) == value);
        byte[] read = new byte[8];
        Assert.Equal(Errno.None, map.Lookup(B(42), read));
        Assert.Equal(9, BitConverter.ToInt64(read));
        Assert.Equal(0, storage.Remove(42));
        Assert.Equal(-2, storage.Remove(42));
    }

    [Fact]
    public void StackTrace_SameStack_HasOneNumber()
    {
        using VmMap map = Make(MapType.StackTrace, 4, 80, 64);
        VmStackTraceMap stacks = (VmStackTraceMap)map;
        long id = stacks.GetStackId([10, 20, 30], 1);
        Assert.InRange(id, 0, 63);
        Assert.Equal(id, stacks.GetStackId([99, 20, 30], 1));
        byte[] value = new byte[80];
        Assert.Equal(Errno.None, map.Lookup(B((uint)id), value));
        Assert.Equal(20ul, BitConverter.ToUInt64(value));
        Assert.Equal(0ul, BitConverter.ToUInt64(value, 16));
    }

    [Fact]
    public void Arena_PagesInUse_AreNotGivenTwice()
    {
        using VmMap map = Make(MapType.Arena, 0, 0, 10, MapFlags.Mmapable);
        VmArena arena = (VmArena)map;
        ulong a = arena.AllocatePages(0, 4, 0);
        ulong b = arena.AllocatePages(0, 4, 0);
        Assert.Equal(arena.BaseAddress, a);
        Assert.Equal(a + 0x4000, b);
        Assert.Equal(0ul, arena.AllocatePages(0, 3, 0));
        Assert.Equal(0ul, arena.AllocatePages(a, 1, 0));
        *(long*)a = 5;
        arena.FreePages(a, 4);
        Assert.Equal(a, arena.AllocatePages(a, 1, 0));
        Assert.Equal(0, *(long*)a);
        Assert.Equal(arena.BaseAddress >> 32, (arena.BaseAddress + arena.Size - 1) >> 32);
    }

    [Fact]
    public void ProgArray_SlotsSetByTheHost_AreWhatCodeLoads()
    {
        using VmMap map = Make(MapType.ProgArray, 4, 4, 3);
        VmProgArray programs = (VmProgArray)map;
        programs.SetProgram(1, 0x1234, 7);
        Assert.Equal(0x1234, ((nint*)map.Header->Values)[1]);
        Assert.Equal(0, programs.GetProgram(9));
        byte[] number = new byte[4];
        Assert.Equal(Errno.None, map.Lookup(B(1), number));
        Assert.Equal(7u, BitConverter.ToUInt32(number));
        Assert.Equal(Errno.EBADF, map.Update(B(0), B(5)));
        Assert.Equal(Errno.None, map.Delete(B(1)));
        Assert.Equal(0, programs.GetProgram(1));
    }

    [Fact]
    public void Redirect_TargetsOfDevices_AreNumbers()
    {
        using VmMap map = Make(MapType.DevMap, 4, 4, 3);
        Assert.Equal(Errno.None, map.Update(B(1), B(17)));
        Assert.True(((VmRedirectMap)map).TryGetTarget(1, out ulong device));
        Assert.Equal(17ul, device);
        Assert.False(((VmRedirectMap)map).TryGetTarget(2, out _));
        Assert.Equal(Errno.E2BIG, map.Update(B(3), B(17)));
    }

    [Fact]
    public void View_StructOfAnotherSize_IsExplained()
    {
        using VmMap map = Make(MapType.Hash, 4, 12, 3);
        LoadException e = Assert.Throws<LoadException>(() => new MapView<int, (int, long)>(map));
        Assert.StartsWith("error NEC9254: map 'm': its value has 12 bytes, but 'ValueTuple`2' has 16", e.Message);
        using VmMap array = Make(MapType.Array, 4, 4, 1);
        MapException full = Assert.Throws<MapException>(() => new MapView<int, int>(array).Set(1, 5));
        Assert.Equal(Errno.E2BIG, full.Errno);
    }
}
