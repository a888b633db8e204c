// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Network.Xsk;

/// <summary>
/// One of the four rings that a socket shares with the kernel. Each side writes only its own position: the producer's is published
/// after the elements (release) and read before them (acquire); the consumer's is published after the elements were read.
/// </summary>
internal sealed unsafe class XskRing<T> : IDisposable
    where T : unmanaged
{
    private const uint NeedWakeup = 1;

    private readonly nint _memory;
    private readonly nuint _length;
    private readonly uint* _producer, _consumer, _flags;
    private readonly T* _elements;
    private readonly uint _size;
    private uint _position; // our own side's position, which only we write
    private bool _isDisposed;

    private XskRing(nint memory, nuint length, in XskRingOffsets offsets, uint size)
    {
        _memory = memory;
        _length = length;
        _producer = (uint*)(memory + (nint)offsets.Producer);
        _consumer = (uint*)(memory + (nint)offsets.Consumer);
        _flags = (uint*)(memory + (nint)offsets.Flags);
        _elements = (T*)(memory + (nint)offsets.Elements);
        _size = size;
    }

    /// <summary>True if the kernel sleeps on this ring and must be called.</summary>
    internal bool MustWake
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return (Volatile.Read(ref *_flags) & NeedWakeup) != 0;
        }
    }

    /// <summary>Maps a ring that was made on a socket.</summary>
    internal static Errno TryMap(KernelHandle socket, long pageOffset, in XskRingOffsets offsets, int size, out XskRing<T>? ring)
    {
        const int Populate = 0x8000;
        nuint length = (nuint)(offsets.Elements + ((ulong)size * (ulong)sizeof(T)));
        nint memory = Libc.Mmap(0, length, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Populate, socket.Fd, pageOffset);
        ring = memory == Libc.MapFailed ? null : new XskRing<T>(memory, length, offsets, (uint)size);
        return ring is null ? Libc.LastErrno : Errno.None;
    }

    /// <summary>Puts as many elements into the ring as there is room for.</summary>
    internal int Produce(ReadOnlySpan<T> elements)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        uint room = _size - (_position - Volatile.Read(ref *_consumer));
        int count = (int)Math.Min(Math.Min(room, _size), (uint)elements.Length);
        Copy(elements[..count], _position, toRing: true, default);
        _position += (uint)count;
        Volatile.Write(ref *_producer, _position);
        return count;
    }

    /// <summary>How many elements could be produced now.</summary>
    internal int Room
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return (int)Math.Min(_size, _size - (_position - Volatile.Read(ref *_consumer)));
        }
    }

    /// <summary>Takes as many elements out of the ring as there are, and the span holds.</summary>
    internal int Consume(Span<T> elements)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        uint available = Volatile.Read(ref *_producer) - _position;
        int count = (int)Math.Min(Math.Min(available, _size), (uint)elements.Length);
        if (count == 0) return 0;
        Copy(default, _position, toRing: false, elements[..count]);
        _position += (uint)count;
        Volatile.Write(ref *_consumer, _position);
        return count;
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _ = Libc.Munmap(_memory, _length);
    }

    // At most two pieces: up to the end of the ring, and from its start. Sizes are powers of two, so positions may overflow.
    private void Copy(ReadOnlySpan<T> source, uint position, bool toRing, Span<T> target)
    {
        int total = toRing ? source.Length : target.Length;
        int start = (int)(position & (_size - 1));
        int first = Math.Min(total, (int)_size - start);
        if (toRing)
        {
            source[..first].CopyTo(new Span<T>(_elements + start, first));
            source[first..].CopyTo(new Span<T>(_elements, total - first));
        }
        else
        {
            new ReadOnlySpan<T>(_elements + start, first).CopyTo(target);
            new ReadOnlySpan<T>(_elements, total - first).CopyTo(target[first..]);
        }
    }
}

/// <summary><c>struct xdp_ring_offset</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XskRingOffsets
{
    internal ulong Producer, Consumer, Elements, Flags;
}

/// <summary><c>struct xdp_mmap_offsets</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XskMapOffsets
{
    internal XskRingOffsets Receive, Transmit, Fill, Completion;
}
