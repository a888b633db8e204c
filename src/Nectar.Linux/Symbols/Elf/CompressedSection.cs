// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>Sections that the linker compressed (<c>SHF_COMPRESSED</c>), and those of the older GNU form (<c>.zdebug_*</c>).</summary>
internal static class CompressedSection
{
    private const int HeaderSize = 24;
    private const uint Zlib = 1, Zstandard = 2;

    // Deflate cannot do better than 1032 to 1: a larger claim is a lie that would cost memory.
    private const ulong MaxRatio = 1040;

    /// <summary>Replaces the bytes of a compressed section by its contents; leaves others alone.</summary>
    internal static bool TryExpand(in ElfSection section, ReadOnlySpan<byte> name, string path, ref ReadOnlyMemory<byte> data, out Diagnostic? problem)
    {
        problem = null;
        ReadOnlySpan<byte> bytes = data.Span;
        int skip;
        ulong size;
        if ((section.Flags & ElfSection.Compressed) != 0)
        {
            uint kind = bytes.Length < HeaderSize ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (kind != Zlib)
            {
                string found = kind == Zstandard ? "with zstd, which Nectar cannot read" : $"in an unknown way ({kind})";
                problem = Diagnostic.Error(SymbolCodes.Compressed, $"'{path}': section '{ElfImage.Text(name)}' is compressed {found}", "help: objcopy --decompress-debug-sections FILE");
                return false;
            }

            size = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
            skip = HeaderSize;
        }
        else if (name.StartsWith(".zdebug"u8) && bytes.Length >= 12 && bytes.StartsWith("ZLIB"u8))
        {
            size = BinaryPrimitives.ReadUInt64BigEndian(bytes[4..]);
            skip = 12;
        }
        else
        {
            return true;
        }

        if (size <= FileBytes.MaxPiece && size <= ((ulong)bytes.Length * MaxRatio) && TryInflate(data[skip..], (int)size, out byte[] expanded))
        {
            data = expanded;
            return true;
        }

        problem = Diagnostic.Error(SymbolCodes.Compressed, $"'{path}': section '{ElfImage.Text(name)}' is said to expand from {bytes.Length} to {size} bytes, but does not");
        return false;
    }

    private static bool TryInflate(ReadOnlyMemory<byte> packed, int size, out byte[] expanded)
    {
        expanded = [];
        if (!MemoryMarshal.TryGetArray(packed, out ArraySegment<byte> segment)) segment = packed.ToArray();
        try
        {
            byte[] result = new byte[size];
            using ZLibStream stream = new(new MemoryStream(segment.Array!, segment.Offset, segment.Count), CompressionMode.Decompress);
            stream.ReadExactly(result);
            expanded = result;
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or IOException)
        {
            return false;
        }
    }
}
