// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>One entry of a note section.</summary>
internal readonly record struct ElfNote(uint Type, ReadOnlyMemory<byte> Owner, ReadOnlyMemory<byte> Description);

/// <summary>Walks the notes of a section; ends at the first that does not fit.</summary>
internal struct ElfNoteReader(ReadOnlyMemory<byte> section)
{
    private ReadOnlyMemory<byte> _rest = section;

    public ElfNote Current { get; private set; }

    public readonly ElfNoteReader GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.Length < 12) return false;
        ReadOnlySpan<byte> at = _rest.Span;
        uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(at), size = BinaryPrimitives.ReadUInt32LittleEndian(at[4..]);
        ulong start = 12 + (((ulong)nameSize + 3) & ~3UL), end = start + (((ulong)size + 3) & ~3UL);
        if (start + size > (ulong)_rest.Length) return false;
        ReadOnlyMemory<byte> owner = _rest.Slice(12, (int)nameSize);
        if (owner.Length > 0 && owner.Span[^1] == 0) owner = owner[..^1];
        Current = new ElfNote(BinaryPrimitives.ReadUInt32LittleEndian(at[8..]), owner, _rest.Slice((int)start, (int)size));
        _rest = _rest[(int)Math.Min(end, (ulong)_rest.Length)..];
        return true;
    }
}
