// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.IO.Compression;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>Sections that the linker compressed (<c>SHF_COMPRESSED</c>), and those of the older GNU form (<c>.zdebug_*</c>).</summary>
internal static class CompressedSection
{
    private const int HeaderSize = 24;
    private const uint Zlib = 1, Zstandard = 2;

    // Deflate cannot do better than 1032 to 1: a larger claim is a lie that would cost memory.
    private const ulong MaxRatio = 1040;

    /// <summary>True if the bytes of a section are not in the file as they are.</summary>
    internal static bool Is(in ElfSection section, ReadOnlySpan<byte> name) => (section.Flags & ElfSection.Compressed) != 0 || name.StartsWith(".zdebug"u8);

    /// <summary>Reads a compressed section piece by piece and expands it; false for a section that is not compressed. What is wrong with a compressed one is in <paramref name="problem"/>.</summary>
    internal static bool TryExpand(FileBytes file, in ElfSection section, ReadOnlySpan<byte> name, string path, out ReadOnlyMemory<byte> data, out Diagnostic? problem)
    {
        (data, problem) = (default, null);
        if (!Is(section, name) || section.Offset > (ulong)file.Length || section.Size > (ulong)file.Length - section.Offset) return false;
        Span<byte> header = stackalloc byte[HeaderSize];
        header = header[..file.Read(section.Offset, header[..(int)Math.Min(HeaderSize, section.Size)])];
        uint skip;
        ulong size;
        if ((section.Flags & ElfSection.Compressed) != 0)
        {
            uint kind = header.Length < HeaderSize ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (kind != Zlib)
            {
                string found = kind == Zstandard ? "with zstd, which Nectar cannot read" : $"in an unknown way ({kind})";
                problem = Diagnostic.Error(SymbolCodes.Compressed, $"'{path}': section '{ElfImage.Text(name)}' is compressed {found}", "help: objcopy --decompress-debug-sections FILE");
                return true;
            }

            size = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
            skip = HeaderSize;
        }
        else if (header.Length >= 12 && header.StartsWith("ZLIB"u8))
        {
            size = BinaryPrimitives.ReadUInt64BigEndian(header[4..]);
            skip = 12;
        }
        else
        {
            return false;
        }

        if (size <= FileBytes.MaxPiece && size <= section.Size * MaxRatio && TryInflate(new FileRange(file, section.Offset + skip, section.Size - skip), (int)size, out byte[] expanded)) data = expanded;
        else problem = Diagnostic.Error(SymbolCodes.Compressed, $"'{path}': section '{ElfImage.Text(name)}' is said to expand from {section.Size} to {size} bytes, but does not");
        return true;
    }

    private static bool TryInflate(FileRange packed, int size, out byte[] expanded)
    {
        expanded = [];
        try
        {
            byte[] result = GC.AllocateUninitializedArray<byte>(size);
            using ZLibStream stream = new(packed, CompressionMode.Decompress);
            stream.ReadExactly(result);
            expanded = result;
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException)
        {
            return false;
        }
    }

    /// <summary>A part of a file, read from its beginning to its end.</summary>
    private sealed class FileRange(FileBytes file, ulong offset, ulong length) : Stream
    {
        private ulong _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            int count = file.Read(offset + _at, buffer[..(int)Math.Min((ulong)buffer.Length, length - _at)]);
            _at += (ulong)count;
            return count;
        }

        public override int Read(byte[] buffer, int start, int count) => Read(buffer.AsSpan(start, count));

        public override void Flush()
        {
        }

        public override long Seek(long place, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int start, int count) => throw new NotSupportedException();
    }
}
