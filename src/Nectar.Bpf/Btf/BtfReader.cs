// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Checks BTF once, so that views need no checks: every record inside its section, every kind known, every name inside the
/// strings, every reference to a type that exists. One pass over the types, plus one over the bytes if they must be swapped.
/// </summary>
internal static unsafe class BtfReader
{
    private const ushort Magic = 0xeb9f;
    private const int MinimumHeader = 24;

    // Bytes behind the twelve of every record: fixed part, and for each of Count items.
    private static ReadOnlySpan<byte> FixedSize => [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0];

    private static ReadOnlySpan<byte> ItemSize => [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12];

    // Kinds whose third word is a type, not a size.
    internal const uint RefersToType = (1 << 2) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 17) | (1 << 18);

    internal static bool TryRead(ReadOnlyMemory<byte> data, BtfTypes? baseTypes, DiagnosticBag diagnostics, [NotNullWhen(true)] out BtfTypes? types)
    {
        types = null;
        if (!TryReadHeader(data.Span, diagnostics, out Header header)) return false;

        byte[] bytes;
        int start;
        if (!header.Swapped && MemoryMarshal.TryGetArray(data, out ArraySegment<byte> segment) && segment.Array is not null)
        {
            bytes = segment.Array;
            start = segment.Offset;
        }
        else
        {
            bytes = data.ToArray();
            start = 0;
            if (header.Swapped && !TrySwap(bytes.AsSpan(header.TypeStart, header.TypeLength), diagnostics)) return false;
        }

        if (!TryCheck(bytes.AsSpan(start), start, header, baseTypes, diagnostics, out int[]? offsets)) return false;
        types = new BtfTypes(bytes, start + header.TypeStart, offsets, start + header.StringStart, header.StringLength, baseTypes);
        return true;
    }

    internal static bool TryRead(byte* memory, int length, BtfTypes? baseTypes, DiagnosticBag diagnostics, [NotNullWhen(true)] out BtfTypes? types)
    {
        ReadOnlySpan<byte> bytes = new(memory, length);
        types = null;
        if (!TryReadHeader(bytes, diagnostics, out Header header)) return false;
        if (header.Swapped) return TryRead(bytes.ToArray(), baseTypes, diagnostics, out types);
        if (!TryCheck(bytes, 0, header, baseTypes, diagnostics, out int[]? offsets)) return false;
        types = new BtfTypes(memory, header.TypeStart, offsets, header.StringStart, header.StringLength, baseTypes);
        return true;
    }

    private static bool TryCheck(ReadOnlySpan<byte> bytes, int start, in Header header, BtfTypes? baseTypes, DiagnosticBag diagnostics, [NotNullWhen(true)] out int[]? offsets)
    {
        offsets = null;
        ReadOnlySpan<byte> strings = bytes.Slice(header.StringStart, header.StringLength);
        if (strings.Length > 0 ? strings[0] != 0 || strings[^1] != 0 : baseTypes is null)
        {
            // a split set may have a first string of its own
            if (baseTypes is null || strings.Length == 0 || strings[^1] != 0)
            {
                diagnostics.Error(BtfCodes.Strings, $".BTF: the string section at offset {header.StringStart} (of {strings.Length} bytes) does not begin and end with a zero byte");
                return false;
            }
        }

        uint firstId = baseTypes is null ? 0 : (uint)baseTypes.Count;
        uint nameLimit = (baseTypes?.StringSize ?? 0) + (uint)strings.Length;
        return TryIndex(bytes.Slice(header.TypeStart, header.TypeLength), start + header.TypeStart, firstId, nameLimit, diagnostics, out offsets);
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> data, DiagnosticBag diagnostics, out Header header)
    {
        header = default;
        if (data.Length < MinimumHeader)
        {
            diagnostics.Error(BtfCodes.Header, $".BTF: {data.Length} bytes are too few for a header of {MinimumHeader}");
            return false;
        }

        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(data);
        bool swapped = magic == BinaryPrimitives.ReverseEndianness(Magic);
        if (magic != Magic && !swapped)
        {
            diagnostics.Error(BtfCodes.Header, $".BTF: magic number 0x{magic:x4} at offset 0, expected 0x{Magic:x4}");
            return false;
        }

        if (data[2] != 1)
        {
            diagnostics.Error(BtfCodes.Header, $".BTF: version {data[2]} at offset 2, only version 1 is known");
            return false;
        }

        long length = Read(data, 4, swapped), typeOffset = Read(data, 8, swapped), typeLength = Read(data, 12, swapped);
        long stringOffset = Read(data, 16, swapped), stringLength = Read(data, 20, swapped);
        if (length < MinimumHeader || length > data.Length)
        {
            diagnostics.Error(BtfCodes.Header, $".BTF: header length {length} at offset 4, expected {MinimumHeader} to {data.Length}");
            return false;
        }

        if (length + typeOffset + typeLength > data.Length || length + stringOffset + stringLength > data.Length || (typeOffset & 3) != 0 || typeOffset + typeLength > stringOffset)
        {
            diagnostics.Error(BtfCodes.Header,
                $".BTF: types at {typeOffset}+{typeLength} and strings at {stringOffset}+{stringLength} behind a header of {length} do not fit into {data.Length} bytes in this order");
            return false;
        }

        header = new Header(swapped, (int)(length + typeOffset), (int)typeLength, (int)(length + stringOffset), (int)stringLength);
        return true;

        static long Read(ReadOnlySpan<byte> data, int offset, bool swapped)
        {
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(data[offset..]);
            return swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
        }
    }

    /// <summary>Swaps every 32-bit word: records have no other fields.</summary>
    private static bool TrySwap(Span<byte> types, DiagnosticBag diagnostics)
    {
        if ((types.Length & 3) != 0)
        {
            diagnostics.Error(BtfCodes.TypeRecord, $".BTF: the type section has {types.Length} bytes, which is no multiple of 4");
            return false;
        }

        Span<uint> words = MemoryMarshal.Cast<byte, uint>(types);
        BinaryPrimitives.ReverseEndianness(words, words);
        return true;
    }

    private static bool TryIndex(ReadOnlySpan<byte> types, int absolute, uint firstId, uint nameLimit, DiagnosticBag diagnostics, [NotNullWhen(true)] out int[]? offsets)
    {
        offsets = null;
        int[] found = new int[Math.Max(16, types.Length / 32)]; // kernels average 30 to 40 bytes a type
        int count = 0;
        if (firstId == 0) found[count++] = absolute; // void: never looked at
        uint largest = 0;
        uint largestBy = 0;
        int at = 0;
        ref byte start = ref MemoryMarshal.GetReference(types);
        while (at < types.Length)
        {
            if (types.Length - at < 12) return Fail(BtfCodes.TypeRecord, $"{types.Length - at} bytes are too few for a type", at);
            uint name = ReadWord(ref start, at), info = ReadWord(ref start, at + 4), third = ReadWord(ref start, at + 8);
            uint kind = (info >> 24) & 127, items = info & 0xffffff; // 16 bits before Linux 7, the upper ones zero
            if (kind is 0 or > 19) return Fail(BtfCodes.TypeRecord, $"kind {kind} is unknown", at);
            long size = 12 + FixedSize[(int)kind] + (long)(items * ItemSize[(int)kind]);
            if (size > types.Length - at) return Fail(BtfCodes.TypeRecord, $"{(BtfKind)kind} with {items} items needs {size} bytes, the section has {types.Length - at} more", at);
            if (name >= nameLimit && name != 0) return Fail(BtfCodes.Name, $"name at {name} in {nameLimit} bytes of strings", at);

            uint reference = ((RefersToType >> (int)kind) & 1) != 0 ? third : 0;
            int item = at + 12;
            switch (kind)
            {
                case (uint)BtfKind.Array:
                    reference = Math.Max(ReadWord(ref start, item), ReadWord(ref start, item + 4));
                    break;
                case (uint)BtfKind.Struct or (uint)BtfKind.Union:
                    for (uint i = 0; i < items; i++, item += 12)
                    {
                        if (ReadWord(ref start, item) >= nameLimit) return Fail(BtfCodes.Name, $"member {i}: name at {ReadWord(ref start, item)} in {nameLimit} bytes of strings", at);
                        reference = Math.Max(reference, ReadWord(ref start, item + 4));
                    }

                    break;
                case (uint)BtfKind.Enum or (uint)BtfKind.Enum64:
                    for (uint i = 0; i < items; i++, item += ItemSize[(int)kind])
                    {
                        if (ReadWord(ref start, item) >= nameLimit) return Fail(BtfCodes.Name, $"value {i}: name at {ReadWord(ref start, item)} in {nameLimit} bytes of strings", at);
                    }

                    break;
                case (uint)BtfKind.FuncProto:
                    for (uint i = 0; i < items; i++, item += 8)
                    {
                        uint parameter = ReadWord(ref start, item);
                        if (parameter >= nameLimit && parameter != 0) return Fail(BtfCodes.Name, $"parameter {i}: name at {parameter} in {nameLimit} bytes of strings", at);
                        reference = Math.Max(reference, ReadWord(ref start, item + 4));
                    }

                    break;
                case (uint)BtfKind.DataSection:
                    for (uint i = 0; i < items; i++, item += 12) reference = Math.Max(reference, ReadWord(ref start, item));
                    break;
            }

            if (reference > largest) (largest, largestBy) = (reference, firstId + (uint)count);
            if (count == found.Length) Array.Resize(ref found, found.Length * 2);
            found[count++] = absolute + at;
            at += (int)size;
        }

        if (largest >= firstId + (uint)count && largest != 0)
        {
            diagnostics.Error(BtfCodes.TypeReference, $".BTF: type {largestBy} refers to type {largest}, but there are only {firstId + (uint)count}");
            return false;
        }

        Array.Resize(ref found, count);
        offsets = found;
        return true;

        bool Fail(DiagnosticCode code, string problem, int offset)
        {
            diagnostics.Error(code, $".BTF: type {firstId + (uint)count} at offset {offset} of the type section: {problem}");
            return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ReadWord(ref byte start, int offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset));

    private readonly record struct Header(bool Swapped, int TypeStart, int TypeLength, int StringStart, int StringLength);
}
