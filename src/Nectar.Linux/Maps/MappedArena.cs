// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>
/// An arena in this process (kernel 6.9): memory that programs and this process share at the same addresses, so that pointers which
/// programs store can be followed here. A page that is touched first here is allocated by the kernel, unless the arena has
/// <see cref="MapFlags.SegvOnFault"/>: then touching a page that no program allocated ends the process, as it does when the
/// machine has no memory left.
/// </summary>
/// <remarks>Spans are valid until <see cref="Dispose"/>, which is never called by the garbage collector.</remarks>
public sealed unsafe class MappedArena : IDisposable
{
    private const int FixedNoReplace = 0x100000; // MAP_FIXED_NOREPLACE, Linux 4.17: never over memory of this process

    private readonly string _name;
    private readonly nuint _length;
    private nint _memory;

    internal MappedArena(KernelMap map)
    {
        MapDefinition definition = map.Definition;
        if (definition.Type != MapType.Arena)
        {
            throw new KernelException(Diagnostic.Error(KernelMapCodes.Mapping, $"map '{map.Name}': map it as an arena: it is a {definition.Type}"), Errno.EINVAL, "mmap", $"map '{map.Name}'");
        }

        _name = map.Name;
        PageCount = (int)definition.MaxEntries;
        _length = (nuint)definition.MaxEntries * (nuint)Environment.SystemPageSize;
        nint address = (nint)definition.MapExtra;
        nint memory = Libc.Mmap(address, _length, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | (address == 0 ? 0 : FixedNoReplace), map.Handle.Fd, 0);
        GC.KeepAlive(map);
        if (memory == Libc.MapFailed)
        {
            Errno errno = Libc.LastErrno;
            throw Refusal.Make(KernelMapCodes.Mapping, $"map '{_name}'", address == 0 ? "map the arena" : $"map the arena at 0x{address:x}", "mmap", errno, errno switch
            {
                Errno.EBUSY => ["note: another process has it at an address that this one cannot use: all must map it at the same address", "help: give the map a fixed address (map_extra)"],
                Errno.EEXIST => ["note: this process has other memory there", "help: choose another address (map_extra)"],
                _ => [],
            });
        }

        _memory = memory;
    }

    /// <summary>Pages that the arena may have.</summary>
    public int PageCount { get; }

    /// <summary>The first byte; the same for programs and all processes.</summary>
    public nint Address => Memory();

    /// <summary>Bytes of the arena.</summary>
    public long Length => (long)_length;

    /// <summary>Memory at a distance from the start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not all of it lies in the arena.</exception>
    public Span<T> Slice<T>(long offset, int count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (offset > Length || count > (Length - offset) / Unsafe.SizeOf<T>())
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{count} of {Unsafe.SizeOf<T>()} bytes at {offset} do not lie in arena '{_name}' of {Length} bytes");
        }

        return new Span<T>((byte*)Memory() + offset, count);
    }

    /// <summary>
    /// Memory that a program's pointer names. Of a pointer only the lower 32 bits count, as in programs: arenas have at most 4 GiB.
    /// </summary>
    /// <param name="pointer">What a program stored.</param>
    /// <param name="count">How many values.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not all of it lies in the arena.</exception>
    public Span<T> Follow<T>(ulong pointer, int count = 1)
        where T : unmanaged => Slice<T>((uint)pointer - (long)(uint)Memory() is var offset && offset < 0 ? offset + (1L << 32) : offset, count);

    /// <summary>The pointer that a program needs to find a place of the arena.</summary>
    /// <param name="offset">The distance from the start.</param>
    public ulong PointerTo(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)offset, (ulong)Length, nameof(offset));
        return (ulong)Memory() + (ulong)offset;
    }

    /// <summary>Gives the address range back; the arena itself stays. No span into it may be used any more.</summary>
    public void Dispose()
    {
        nint memory = Interlocked.Exchange(ref _memory, 0);
        if (memory != 0) _ = Libc.Munmap(memory, _length);
    }

    private nint Memory()
    {
        nint memory = _memory;
        ObjectDisposedException.ThrowIf(memory == 0, this);
        return memory;
    }
}
