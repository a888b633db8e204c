// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Network.Xsk;

/// <summary>
/// The memory that AF_XDP sockets receive into and send from: frames of one size. Sockets on several queues and interfaces may share
/// one. It stays mapped until this object and all its sockets are disposed. Frames in the rings of a disposed socket are free again
/// when the last socket is disposed; then all frames are, also rented ones.
/// </summary>
public sealed unsafe class XskUmem : IDisposable
{
    private readonly byte* _memory;
    private readonly ulong[] _free;
    private readonly List<XskSocket> _sockets = [];
    private readonly Lock _lock = new();
    private int _freeCount, _users = 1;
    private bool _isDisposed, _isUnmapped;

    private XskUmem(byte* memory, int frameCount, int frameSize, int headroom)
    {
        _memory = memory;
        FrameCount = frameCount;
        FrameSize = frameSize;
        Headroom = headroom;
        _free = new ulong[frameCount];
        FreeAll();
    }

    /// <summary>Number of frames.</summary>
    public int FrameCount { get; }

    /// <summary>Bytes of a frame.</summary>
    public int FrameSize { get; }

    /// <summary>Bytes that the kernel leaves free in front of received packets, beside its own 256.</summary>
    public int Headroom { get; }

    /// <summary>Frames that no ring holds.</summary>
    public int FreeFrames
    {
        get
        {
            lock (_lock) return _freeCount;
        }
    }

    internal ulong Address => (ulong)_memory;

    internal ulong Length => (ulong)FrameCount * (ulong)FrameSize;

    /// <summary>Maps memory.</summary>
    /// <param name="frameCount">Number of frames.</param>
    /// <param name="frameSize">Bytes of a frame: a power of two from 2048 to the page size.</param>
    /// <param name="headroom">As <see cref="Headroom"/>.</param>
    /// <exception cref="Bpf.Diagnostics.KernelException">There is not so much memory (NEC4211).</exception>
    public static XskUmem Create(int frameCount = 4096, int frameSize = 2048, int headroom = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frameCount, 1);
        if (frameSize < 2048 || frameSize > Environment.SystemPageSize || !BitOperations.IsPow2(frameSize)) throw new ArgumentOutOfRangeException(nameof(frameSize), frameSize, "a power of two from 2048 to the page size");
        if (headroom < 0 || headroom >= frameSize - 256) throw new ArgumentOutOfRangeException(nameof(headroom), headroom, "less than the frame");
        nint memory = Libc.Mmap(0, (nuint)frameCount * (nuint)frameSize, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous, -1, 0);
        return memory == Libc.MapFailed
            ? throw Refusal.Make(NetworkCodes.Xsk, "AF_XDP memory", $"map {frameCount} frames of {frameSize} bytes", "mmap", Libc.LastErrno)
            : new XskUmem((byte*)memory, frameCount, frameSize, headroom);
    }

    /// <summary>The bytes of a descriptor. Valid until the frame is given back to a ring or the memory is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The descriptor leaves the memory.</exception>
    public Span<byte> this[XskDescriptor descriptor]
    {
        get
        {
            // The check makes a damaged descriptor an exception instead of an access outside of the mapping.
            if (_isUnmapped || descriptor.Length > Length || descriptor.Address > Length - descriptor.Length) throw new ArgumentOutOfRangeException(nameof(descriptor));
            return new Span<byte>(_memory + descriptor.Address, (int)descriptor.Length);
        }
    }

    /// <summary>Takes frames that no ring holds.</summary>
    /// <returns>How many there were.</returns>
    public int Rent(Span<ulong> frames)
    {
        lock (_lock)
        {
            int count = Math.Min(frames.Length, _freeCount);
            _free.AsSpan(_freeCount - count, count).CopyTo(frames);
            _freeCount -= count;
            return count;
        }
    }

    /// <summary>Gives frames back; any address inside of a frame names it.</summary>
    public void Return(ReadOnlySpan<ulong> frames)
    {
        lock (_lock)
        {
            foreach (ulong address in frames)
            {
                if (address >= Length || _freeCount == _free.Length) throw new ArgumentException("this frame is not one of the memory's, or is free already", nameof(frames));
                _free[_freeCount++] = FrameOf(address);
            }
        }
    }

    /// <summary>The first byte of the frame that an address is in.</summary>
    public ulong FrameOf(ulong address) => address & ~(ulong)(FrameSize - 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            Release();
        }
    }

    /// <summary>A live socket that this memory is registered on; null if there is none.</summary>
    internal XskSocket? Owner => _sockets.Count > 0 ? _sockets[0] : null;

    /// <summary>The rings of a queue that another socket made; null if there are none.</summary>
    internal XskQueue? QueueOf(int interfaceIndex, int queue) => _sockets.Find(s => s.InterfaceIndex == interfaceIndex && s.QueueId == queue)?.Queue;

    internal Lock Gate => _lock;

    internal void Add(XskSocket socket)
    {
        lock (_lock)
        {
            _sockets.Add(socket);
            _users++;
        }
    }

    internal void Remove(XskSocket socket)
    {
        lock (_lock)
        {
            if (!_sockets.Remove(socket)) return;
            if (_sockets.Count == 0) FreeAll();
            Release();
        }
    }

    private void FreeAll()
    {
        for (int i = 0; i < FrameCount; i++) _free[i] = (ulong)(FrameCount - 1 - i) * (ulong)FrameSize;
        _freeCount = FrameCount;
    }

    private void Release()
    {
        if (--_users > 0) return;
        _isUnmapped = true;
        _ = Libc.Munmap((nint)_memory, (nuint)Length);
    }
}
