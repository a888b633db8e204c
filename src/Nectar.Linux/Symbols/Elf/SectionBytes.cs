// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Elf;

/// <summary>
/// The bytes of a section of which little is looked at: pages are read from the file when they are asked for, and take memory only then. What cannot be read
/// any more, because the file was cut meanwhile, is zeroes. Thread-safe.
/// </summary>
internal sealed class SectionBytes
{
    private const int PageSize = 4096;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly byte[] _target = [];
    private readonly bool[] _isRead = [];
    private readonly FileBytes? _file;
    private readonly ulong _offset;
    private readonly Lock _reading = new();
    private int _pagesRead;

    /// <summary>Bytes that are in memory already.</summary>
    internal SectionBytes(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    private SectionBytes(FileBytes file, ulong offset, int length)
    {
        (_file, _offset) = (file, offset);
        _target = GC.AllocateUninitializedArray<byte>(length); // the system gives pages of it when they are written
        _bytes = _target;
        _isRead = new bool[(length + PageSize - 1) / PageSize];
    }

    internal static SectionBytes Empty { get; } = new(default);

    internal int Length => _bytes.Length;

    /// <summary>Memory that is taken.</summary>
    internal long Bytes => _file is null ? _bytes.Length : (long)Volatile.Read(ref _pagesRead) * PageSize;

    /// <summary>A section that lies in the file as it is; the file is kept open.</summary>
    internal static SectionBytes? TryOf(FileBytes file, ulong offset, ulong size)
    {
        bool isWithin = offset <= (ulong)file.Length && size <= (ulong)file.Length - offset && size <= FileBytes.MaxPiece;
        return isWithin && file.TryDuplicate(out FileBytes? own) ? new SectionBytes(own, offset, (int)size) : null;
    }

    /// <summary>The section up to an end, of which the bytes from <paramref name="start"/> on are there; shorter if the section is.</summary>
    internal ReadOnlySpan<byte> Between(ulong start, ulong end)
    {
        end = Math.Min(end, (ulong)Length);
        if (_file is not null && start < end) Fill((int)start / PageSize, (int)(end - 1) / PageSize);
        return _bytes.Span[..(int)end];
    }

    /// <summary>The bytes from an offset up to a zero; empty if there is none within <paramref name="most"/> bytes.</summary>
    internal ReadOnlySpan<byte> Text(ulong offset, int most)
    {
        const int Usual = 256;
        if (offset >= (ulong)Length) return default;
        for (int size = Math.Min(Usual, most); ; size = most)
        {
            ReadOnlySpan<byte> text = Between(offset, offset + (ulong)size)[(int)offset..];
            int end = text.IndexOf((byte)0);
            if (end >= 0) return text[..end];
            if (size == most) return default;
        }
    }

    private void Fill(int first, int last)
    {
        for (; first <= last; first++)
        {
            if (Volatile.Read(ref _isRead[first])) continue;
            lock (_reading)
            {
                int end = first;
                while (end <= last && !_isRead[end]) end++;
                int from = first * PageSize, to = Math.Min(end * PageSize, _target.Length);
                Span<byte> wanted = _target.AsSpan(from, to - from);
                wanted[_file!.Read(_offset + (ulong)from, wanted)..].Clear();
                for (int page = first; page < end; page++) Volatile.Write(ref _isRead[page], true);
                _pagesRead += end - first;
            }
        }
    }
}
