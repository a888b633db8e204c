// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Btf;

/// <summary>Where a function begins (<c>bpf_func_info</c>).</summary>
/// <param name="Offset">Offset in bytes in its section.</param>
/// <param name="TypeId">Its FUNC.</param>
public readonly record struct BtfFunctionRecord(uint Offset, uint TypeId);

/// <summary>Where a source line begins (<c>bpf_line_info</c>); names are offsets in the BTF's strings.</summary>
/// <param name="Offset">Offset in bytes in its section.</param>
/// <param name="FileName">The file.</param>
/// <param name="Text">The line's text.</param>
/// <param name="LineColumn">Line in the upper 22 bits, column in the lower 10.</param>
public readonly record struct BtfLineRecord(uint Offset, uint FileName, uint Text, uint LineColumn);

/// <summary>A CO-RE relocation (<c>bpf_core_relo</c>).</summary>
/// <param name="Offset">Offset in bytes in its section of the instruction to patch.</param>
/// <param name="TypeId">The root type.</param>
/// <param name="Access">The access string, an offset in the BTF's strings.</param>
/// <param name="Kind">0 to 12.</param>
public readonly record struct BtfCoreRecord(uint Offset, uint TypeId, uint Access, uint Kind);

/// <summary>
/// The contents of a <c>.BTF.ext</c> section: records about the code of each section. Records longer than known are
/// accepted, as the format demands; offsets are not checked against the sections, which this class does not see.
/// </summary>
public sealed class BtfExtension
{
    private const ushort Magic = 0xeb9f;
    private const int MaxSectionName = 1024;

    /// <summary>Functions, by the name of the section.</summary>
    public Dictionary<string, BtfFunctionRecord[]> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>Source lines, by the name of the section.</summary>
    public Dictionary<string, BtfLineRecord[]> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>CO-RE relocations, by the name of the section.</summary>
    public Dictionary<string, BtfCoreRecord[]> CoreRelocations { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a section of either byte order.</summary>
    /// <param name="data">The section's contents.</param>
    /// <param name="types">The BTF whose strings and types the records refer to.</param>
    /// <param name="diagnostics">Receives NEC1107.</param>
    /// <param name="extension">What was read.</param>
    public static bool TryParse(ReadOnlySpan<byte> data, BtfTypes types, DiagnosticBag diagnostics, [NotNullWhen(true)] out BtfExtension? extension)
    {
        ArgumentNullException.ThrowIfNull(types);
        ArgumentNullException.ThrowIfNull(diagnostics);
        extension = null;
        if (data.Length < 24) return Fail(diagnostics, 0, $"{data.Length} bytes are too few for a header of 24");
        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(data);
        bool swapped = magic == BinaryPrimitives.ReverseEndianness(Magic);
        if (magic != Magic && !swapped) return Fail(diagnostics, 0, $"magic number 0x{magic:x4}, expected 0x{Magic:x4}");
        if (data[2] != 1) return Fail(diagnostics, 2, $"version {data[2]}, only version 1 is known");

        Words words = new(data, swapped);
        long header = words[4];
        if (header < 24 || header > data.Length) return Fail(diagnostics, 4, $"header length {header}, expected 24 to {data.Length}");

        BtfExtension result = new();
        bool good = ReadPart(words, types, diagnostics, header, 8, "func_info", 8, result.Functions,
                static (words, at) => new BtfFunctionRecord(words[at], words[at + 4]))
            && ReadPart(words, types, diagnostics, header, 16, "line_info", 16, result.Lines,
                static (words, at) => new BtfLineRecord(words[at], words[at + 4], words[at + 8], words[at + 12]));
        if (good && header >= 32)
        {
            good = ReadPart(words, types, diagnostics, header, 24, "core_relo", 16, result.CoreRelocations,
                static (words, at) => new BtfCoreRecord(words[at], words[at + 4], words[at + 8], words[at + 12]));
        }

        if (good) extension = result;
        return good;
    }

    private delegate TRecord ReadRecord<TRecord>(Words words, int at);

    private static bool ReadPart<TRecord>(Words words, BtfTypes types, DiagnosticBag diagnostics, long header, int field, string part, uint known,
        Dictionary<string, TRecord[]> records, ReadRecord<TRecord> read)
    {
        long start = header + words[field], length = words[field + 4];
        if (length == 0) return true;
        if (start + length > words.Length || length < 4) return Fail(diagnostics, field, $"{part} at {start}+{length} does not fit into {words.Length} bytes");
        long end = start + length;
        uint size = words[(int)start];
        if (size < known || (size & 3) != 0 || size > 4096) return Fail(diagnostics, start, $"{part} has records of {size} bytes, expected at least {known} and a multiple of 4");

        Dictionary<uint, List<TRecord>> byName = []; // by offset of the name: no string is made, no list copied for each of a million parts
        for (long at = start + 4; at < end;)
        {
            if (end - at < 8) return Fail(diagnostics, at, $"{part}: {end - at} bytes are too few for a section's head");
            uint name = words[(int)at];
            uint count = words[(int)at + 4];
            at += 8;
            if (count == 0 || count * (long)size > end - at) return Fail(diagnostics, at - 4, $"{part}: {count} records for section '{Shown(types, name)}' do not fit into {end - at} bytes");
            if (!byName.TryGetValue(name, out List<TRecord>? list)) byName.Add(name, list = []);
            for (uint i = 0; i < count; i++, at += size) list.Add(read(words, (int)at));
        }

        foreach ((uint name, List<TRecord> list) in byName)
        {
            if (types.StringAt(name).Length > MaxSectionName) return Fail(diagnostics, start, $"{part} has records for a section whose name begins '{Shown(types, name)}' and is longer than {MaxSectionName} bytes");
            string section = types.StringText(name);
            records[section] = records.TryGetValue(section, out TRecord[]? before) ? [.. before, .. list] : [.. list];
        }

        return true;
    }

    private static string Shown(BtfTypes types, uint name)
    {
        ReadOnlySpan<byte> text = types.StringAt(name);
        return System.Text.Encoding.UTF8.GetString(text[..Math.Min(text.Length, 64)]);
    }

    private static bool Fail(DiagnosticBag diagnostics, long offset, string problem)
    {
        diagnostics.Error(BtfCodes.Extension, $".BTF.ext: offset {offset}: {problem}");
        return false;
    }

    /// <summary>32-bit words of either byte order.</summary>
    private readonly ref struct Words(ReadOnlySpan<byte> data, bool swapped)
    {
        private readonly ReadOnlySpan<byte> _data = data;

        public int Length => _data.Length;

        public uint this[int offset]
        {
            get
            {
                uint value = BinaryPrimitives.ReadUInt32LittleEndian(_data[offset..]);
                return swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
            }
        }
    }
}
