// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>
/// The memory of an array map in this process (kernel 5.5, <see cref="MapFlags.Mmapable"/>): reads and writes without system calls.
/// Programs change the same memory at the same time; for single words use <see cref="Volatile"/> and <see cref="Interlocked"/>.
/// </summary>
/// <remarks>
/// Spans and references into the memory are valid until <see cref="Dispose"/>, which therefore is never called by the garbage
/// collector: a map that is not disposed stays mapped until the process ends.
/// </remarks>
public sealed unsafe class MappedMap : IDisposable
{
    private readonly string _name;
    private readonly int _valueSize;
    private readonly nuint _length;
    private nint _memory;

    internal MappedMap(KernelMap map, bool readOnly)
    {
        MapDefinition definition = map.Definition;
        if (definition.Type != MapType.Array || (definition.Flags & MapFlags.Mmapable) == 0)
        {
            throw new KernelException(
                Diagnostic.Error(KernelMapCodes.Mapping, $"map '{map.Name}': map its memory: it is a {definition.Type} with flags {definition.Flags}, and only arrays with BPF_F_MMAPABLE can be mapped", "help: create the map with MapFlags.Mmapable, or use ArrayView"),
                Errno.EINVAL,
                "mmap",
                $"map '{map.Name}'");
        }

        _name = map.Name;
        _valueSize = (int)definition.ValueSize;
        Stride = (_valueSize + 7) & ~7;
        Count = (int)definition.MaxEntries;
        nuint page = (nuint)Environment.SystemPageSize;
        _length = (((nuint)Stride * (nuint)Count) + page - 1) & ~(page - 1);
        // A frozen map and one that is read-only to programs may only be read; the kernel knows best which it is.
        Errno errno = readOnly ? Errno.EPERM : Try(map, Libc.ProtRead | Libc.ProtWrite);
        if (errno is Errno.EPERM or Errno.EACCES)
        {
            IsReadOnly = true;
            errno = Try(map, Libc.ProtRead);
        }

        if (errno != Errno.None) throw Refusal.Make(KernelMapCodes.Mapping, $"map '{_name}'", "map its memory", "mmap", errno);
    }

    /// <summary>True if the memory can only be read: the map is frozen, or read-only to programs.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Elements of the array.</summary>
    public int Count { get; }

    /// <summary>Bytes from one element to the next: the value's size, rounded up to 8.</summary>
    public int Stride { get; }

    /// <summary>All elements as bytes, <see cref="Stride"/> apart.</summary>
    /// <exception cref="KernelException">The memory may only be read (NEC4061).</exception>
    public Span<byte> Bytes => new(Writable(), checked(Stride * Count));

    /// <summary>All elements as bytes, for reading.</summary>
    public ReadOnlySpan<byte> ReadOnlyBytes => new(Memory(), checked(Stride * Count));

    /// <summary>All elements.</summary>
    /// <typeparam name="T">A value; its size must be <see cref="Stride"/>.</typeparam>
    /// <exception cref="LoadException">The size differs.</exception>
    /// <exception cref="KernelException">The memory may only be read (NEC4061).</exception>
    public Span<T> AsSpan<T>()
        where T : unmanaged
    {
        CheckSize<T>(Stride);
        return new Span<T>(Writable(), Count);
    }

    /// <summary>All elements, for reading.</summary>
    /// <typeparam name="T">A value; its size must be <see cref="Stride"/>.</typeparam>
    /// <exception cref="LoadException">The size differs.</exception>
    public ReadOnlySpan<T> AsReadOnlySpan<T>()
        where T : unmanaged
    {
        CheckSize<T>(Stride);
        return new ReadOnlySpan<T>(Memory(), Count);
    }

    /// <summary>The place of an element, also where values are smaller than <see cref="Stride"/>.</summary>
    /// <typeparam name="T">A value; its size must be the map's.</typeparam>
    /// <param name="index">Which element.</param>
    /// <exception cref="KernelException">The memory may only be read (NEC4061).</exception>
    public ref T At<T>(int index)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        if (Unsafe.SizeOf<T>() != Stride) CheckSize<T>(_valueSize);
        return ref Unsafe.AsRef<T>(Writable() + ((nint)index * Stride));
    }

    /// <summary>Copies an element.</summary>
    /// <typeparam name="T">A value; its size must be the map's.</typeparam>
    /// <param name="index">Which element.</param>
    public T Read<T>(int index)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        if (Unsafe.SizeOf<T>() != Stride) CheckSize<T>(_valueSize);
        return Unsafe.Read<T>(Memory() + ((nint)index * Stride));
    }

    /// <summary>Gives the memory back; the map itself stays. No span or reference into it may be used any more.</summary>
    public void Dispose()
    {
        nint memory = Interlocked.Exchange(ref _memory, 0);
        if (memory != 0) _ = Libc.Munmap(memory, _length);
    }

    private Errno Try(KernelMap map, int protection)
    {
        nint memory = Libc.Mmap(0, _length, protection, Libc.MapShared, map.Handle.Fd, 0);
        GC.KeepAlive(map);
        if (memory == Libc.MapFailed) return Libc.LastErrno;
        _memory = memory;
        return Errno.None;
    }

    private byte* Memory()
    {
        nint memory = _memory;
        ObjectDisposedException.ThrowIf(memory == 0, this);
        return (byte*)memory;
    }

    private byte* Writable() => !IsReadOnly ? Memory() : throw new KernelException(
        Diagnostic.Error(KernelMapCodes.Mapping, $"map '{_name}': write to its memory: it may only be read, because the map is frozen or read-only to programs, or was mapped so"),
        Errno.EPERM,
        "mmap",
        $"map '{_name}'");

    private void CheckSize<T>(int size)
        where T : unmanaged
    {
        if (Unsafe.SizeOf<T>() == size) return;
        throw new LoadException(Diagnostic.Error(
            MapCodes.View,
            $"map '{_name}': elements of {_valueSize} bytes lie {Stride} bytes apart, but '{typeof(T).Name}' has {Unsafe.SizeOf<T>()} bytes",
            Stride != _valueSize ? "help: use At and Read, which step over what lies between elements" : "help: use a struct of the value's size"));
    }
}
