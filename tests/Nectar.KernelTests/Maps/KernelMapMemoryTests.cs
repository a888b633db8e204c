// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Maps;

/// <summary>Maps as memory of this process: arrays and arenas.</summary>
public sealed class KernelMapMemoryTests
{
    [BpfFact]
    public void Array_MappedMemory_IsTheMap()
    {
        using KernelMap map = TestMaps.Create(MapType.Array, 4, 8, 1000, MapFlags.Mmapable);
        ArrayView<long> view = new(map);
        using MappedMap memory = map.Map();
        Assert.False(memory.IsReadOnly);
        Span<long> span = memory.AsSpan<long>();
        Assert.Equal(1000, span.Length);
        span[999] = 42;
        Assert.Equal(42, view[999]);
        view[3] = 7;
        Assert.Equal(7, span[3]);
        Interlocked.Add(ref memory.At<long>(3), 5);
        Assert.Equal(12, view[3]);
        Assert.Equal(8000, memory.Bytes.Length);
    }

    [BpfFact]
    public void Array_SmallValues_LieEightBytesApart()
    {
        using KernelMap map = TestMaps.Create(MapType.Array, 4, 12, 10, MapFlags.Mmapable);
        using MappedMap memory = map.Map();
        Assert.Equal(16, memory.Stride);
        memory.At<Twelve>(9) = new Twelve(1, 2, 3);
        Assert.Equal(new Twelve(1, 2, 3), new ArrayView<Twelve>(map)[9]);
        Assert.Equal(new Twelve(1, 2, 3), memory.Read<Twelve>(9));
        Assert.Contains("lie 16 bytes apart", Assert.Throws<LoadException>(() => memory.AsSpan<Twelve>()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Read<Twelve>(10));
    }

    [BpfFact]
    public void Array_Frozen_IsReadOnlyMemory()
    {
        using KernelMap map = TestMaps.Create(MapType.Array, 4, 8, 4, MapFlags.Mmapable);
        using (MappedMap writable = map.Map())
        {
            writable.AsSpan<long>()[1] = 5;
            Assert.Equal(Errno.EBUSY, map.Freeze()); // while it is mapped for writing
            Assert.False(map.IsFrozen);
        }

        Assert.Equal(Errno.None, map.Freeze());
        Assert.True(map.IsFrozen);
        using MappedMap memory = map.Map();
        Assert.True(memory.IsReadOnly);
        Assert.Equal(5, memory.AsReadOnlySpan<long>()[1]);
        Assert.Contains("may only be read", Assert.Throws<KernelException>(() => memory.AsSpan<long>()).Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EPERM, map.Update(new byte[4], new byte[8]));
        using KernelMap opened = KernelMap.OpenById(map.GetInfo().Id);
        Assert.True(opened.IsFrozen);
    }

    [BpfFact]
    public void Array_ReadOnlyToPrograms_IsMappedForReading()
    {
        using KernelMap map = TestMaps.Create(MapType.Array, 4, 64, 1, MapFlags.Mmapable | MapFlags.ReadOnlyProgram);
        using MappedMap memory = map.Map();
        Assert.True(memory.IsReadOnly);
        Assert.Equal(64, memory.ReadOnlyBytes.Length);
    }

    [BpfFact]
    public void Array_AfterDispose_IsRefused()
    {
        using KernelMap map = TestMaps.Create(MapType.Array, 4, 8, 4, MapFlags.Mmapable);
        MappedMap memory = map.Map();
        memory.Dispose();
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.AsSpan<long>());
    }

    [BpfTheory]
    [InlineData(0UL)]
    [InlineData(0x1000_0000_0000UL)]
    public void Arena_MemoryTouchedHere_IsSeenByPrograms(ulong address)
    {
        using KernelMap map = TestMaps.Create(MapType.Arena, 0, 0, 16, MapFlags.Mmapable, address);
        using MappedArena arena = map.MapArena();
        if (address != 0) Assert.Equal((nint)address, arena.Address);
        arena.Slice<ulong>(4096, 2)[1] = 41; // the kernel allocates the page at the first touch
        ulong pointer = arena.PointerTo(4096 + 8);
        using KernelProgram program = TestMaps.Load(ProgramType.Syscall, $"""
            r2 = map[fd:{map.Handle.Fd}]
            r1 = 0x{pointer:x} ll
            r1 = addr_space_cast(r1, 0x0, 0x1)
            r0 = *(u64 *)(r1 + 0)
            r0 += 1
            *(u64 *)(r1 + 8) = r0
            exit
            """);
        Assert.Equal(42u, program.TestRun(default).ReturnValue);
        Assert.Equal(42UL, arena.Follow<ulong>(pointer + 8)[0]);
        Assert.Equal(42UL, arena.Follow<ulong>((uint)pointer + 8)[0]); // programs keep the lower half only
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Slice<ulong>(16 * 4096 - 4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Follow<byte>(pointer + (64 * 4096)));
    }

    [BpfFact]
    public void Arena_AddressInUse_IsRefusedNotOverwritten()
    {
        using KernelMap first = TestMaps.Create(MapType.Arena, 0, 0, 4, MapFlags.Mmapable, 0x1100_0000_0000), second = TestMaps.Create(MapType.Arena, 0, 0, 4, MapFlags.Mmapable, 0x1100_0000_0000);
        using MappedArena arena = first.MapArena();
        KernelException problem = Assert.Throws<KernelException>(() => second.MapArena());
        Assert.Equal(Errno.EEXIST, problem.Errno);
        Assert.Contains("other memory there", problem.Message, StringComparison.Ordinal);
    }

    private readonly record struct Twelve(int A, int B, int C);
}
