// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.Win32.SafeHandles;

namespace Nectar.Capture.Pcap;

/// <summary>
/// The part of a capture that lies in memory: all of a mapped file, or a buffer that a stream refills. The only place of this
/// folder that owns raw memory; readers stay between <see cref="Position"/> and <see cref="End"/>, which <see cref="Ensure"/> widens.
/// </summary>
internal sealed unsafe class CaptureWindow : IDisposable
{
    private const int InitialBuffer = 256 << 10;
    private const int PrefetchAhead = 4096;
    private const int CacheLine = 64;
    private const int TouchAhead = 64 << 10; // what Linux maps at once around a page that is touched (fault_around_bytes)

    private readonly Stream? _stream;
    private readonly bool _ownsStream;
    private readonly MemoryMappedFile? _file;
    private readonly SafeMemoryMappedViewHandle? _view;
    private byte* _start;
    private byte* _prefetched;
    private byte* _touched;
    private nint _capacity;
    private long _startOffset;

    /// <summary>The next byte to read.</summary>
    public byte* Position;

    /// <summary>Behind the last byte that is in memory.</summary>
    public byte* End;

    /// <summary>Reads a stream from where it stands.</summary>
    public CaptureWindow(Stream stream, bool ownsStream)
    {
        _stream = stream;
        _ownsStream = ownsStream;
        _capacity = InitialBuffer;
        _start = Position = End = (byte*)NativeMemory.Alloc((nuint)_capacity);
    }

    /// <summary>Maps a file of at least one byte.</summary>
    public CaptureWindow(FileStream stream, bool writable)
    {
        MemoryMappedFileAccess access = writable ? MemoryMappedFileAccess.CopyOnWrite : MemoryMappedFileAccess.Read;
        // A private view of a file that is open for reading only: the mapping itself must not ask for more than the file allows.
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        using MemoryMappedViewAccessor accessor = _file.CreateViewAccessor(0, stream.Length, access);
        _view = accessor.SafeMemoryMappedViewHandle;
        _view.AcquirePointer(ref _start); // keeps the view alive beyond the accessor
        _prefetched = Position = _start += accessor.PointerOffset;
        _touched = (byte*)(((nuint)_start + TouchAhead) & ~(nuint)(TouchAhead - 1));
        End = _start + stream.Length;
    }

    /// <summary>True if addresses stay valid until the end.</summary>
    public bool IsMapped => _file is not null;

    /// <summary>Offset of <see cref="Position"/> in the file, or from where the stream stood.</summary>
    public long Offset => _startOffset + (Position - _start);

    /// <summary>True if this many bytes are in memory from <see cref="Position"/> on; reads more if they are not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Ensure(long count) => End - Position >= count || Refill(count);

    /// <summary>True if this many bytes are in memory already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(long count) => End - Position >= count;

    /// <summary>
    /// Asks for the lines that will be read soon, each once. A walk over a mapped file waits for memory at every packet
    /// (80 ns here); asking 4 KiB ahead hides that (12 ns).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch()
    {
        if (_prefetched is null || !Sse.IsSupported) return;
        byte* limit = Position + PrefetchAhead;
        byte* line = _prefetched;
        if (line >= limit) return;
        if (line < Position) line = Position; // after a jump over a long packet
        if (limit >= _touched - PrefetchAhead) Touch();
        do
        {
            Sse.Prefetch0(line); // never faults, also behind the end
            line += CacheLine;
        }
        while (line < limit);
        _prefetched = line;
    }

    // A prefetch of a page that is not mapped yet does nothing, so pages are touched before their lines are asked for.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Touch()
    {
        byte* limit = Position + PrefetchAhead;
        if (_touched < Position) _touched = (byte*)((nuint)Position & ~(nuint)(TouchAhead - 1)); // after a jump over a long packet
        while (_touched <= limit + PrefetchAhead)
        {
            if (_touched < End) _ = Volatile.Read(ref *_touched);
            _touched += TouchAhead;
        }
    }

    public void Dispose()
    {
        if (_start is null) return;
        if (_view is not null)
        {
            _view.ReleasePointer();
            _view.Dispose();
            _file!.Dispose();
        }
        else
        {
            NativeMemory.Free(_start);
            if (_ownsStream) _stream!.Dispose();
        }

        _start = Position = End = null;
    }

    // Moves what is left to the front and reads. The buffer doubles only once it is full of data, so that a record that claims
    // a huge length costs no more memory than the input really has.
    private bool Refill(long count)
    {
        if (_stream is null) return false;
        nint left = (nint)(End - Position);
        Buffer.MemoryCopy(Position, _start, _capacity, left);
        _startOffset += Position - _start;
        Position = _start;
        End = _start + left;
        while (End - Position < count)
        {
            nint used = (nint)(End - _start);
            if (used == _capacity)
            {
                _capacity *= 2;
                _start = Position = (byte*)NativeMemory.Realloc(_start, (nuint)_capacity);
                End = _start + used;
            }

            int read = _stream.Read(new Span<byte>(End, (int)Math.Min(_capacity - used, 1 << 20)));
            if (read == 0) return false;
            End += read;
        }

        return true;
    }
}
