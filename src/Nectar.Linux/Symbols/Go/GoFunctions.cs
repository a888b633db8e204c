// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Go;

/// <summary>
/// Functions of Go programs from the table that the runtime itself uses (<c>.gopclntab</c>; Go: <c>src/debug/gosym/pclntab.go</c>, <c>src/runtime/symtab.go</c>):
/// it is there also when the program is stripped. Forms of Go 1.2, 1.16, 1.18 and 1.20.
/// </summary>
internal static class GoFunctions
{
    private const uint Go12 = 0xfffffffb, Go116 = 0xfffffffa, Go118 = 0xfffffff0, Go120 = 0xfffffff1;
    private const int MaxFunctions = 1 << 22, MaxName = 8192, PointerSize = 8;
    private const byte LocalFunction = 2;

    /// <summary>Adds the functions of an image to a table of symbols; false if it has no such table, or none that can be read.</summary>
    internal static bool TryAdd(ElfImage image, ElfSymbolsBuilder symbols)
    {
        if (!image.TrySection(".gopclntab"u8, out ElfSection section) && !image.TrySection(".data.rel.ro.gopclntab"u8, out section)) return false;
        if (!image.TryData(section, out ReadOnlyMemory<byte> data, out _) || !TryRead(image, data.Span, out List<SymbolEntry> functions)) return false;
        symbols.Add(data, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(functions));
        return true;
    }

    private static bool TryRead(ElfImage image, ReadOnlySpan<byte> table, out List<SymbolEntry> functions)
    {
        functions = [];
        if (table.Length < 72 || table[4] != 0 || table[5] != 0 || table[7] != PointerSize) return false;
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(table);
        ulong count = U64(table, 8), text = 0, names, list;
        switch (magic)
        {
            case Go12:
                (names, list) = (0, 16);
                break;
            case Go116:
                (names, list) = (U64(table, 24), U64(table, 56));
                break;
            case Go118 or Go120:
                (names, list) = (U64(table, 32), U64(table, 64));
                text = U64(table, 24);
                if (text == 0) text = TextStart(image); // position-independent programs, and Go since 1.26
                break;
            default:
                return false;
        }

        // pairs of entry point and place of the function's record, and the end of the last function
        bool isShort = magic is Go118 or Go120;
        int size = isShort ? 4 : PointerSize;
        if (count > MaxFunctions || list > (ulong)table.Length || names > (ulong)table.Length || (((count * 2) + 1) * (ulong)size) > (ulong)table.Length - list) return false;
        ReadOnlySpan<byte> pairs = table[(int)list..];
        ulong records = magic == Go12 ? 0 : list; // what the places count from
        long budget = (16L * table.Length) + 65536;
        for (int i = 0; i < (int)count && budget > 0; i++)
        {
            ulong entry = Number(pairs, i * 2, isShort), next = Number(pairs, (i * 2) + 2, isShort), record = records + Number(pairs, (i * 2) + 1, isShort);
            if (record > (ulong)table.Length - 16 || next < entry) continue;
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(table[((int)record + size)..]);
            ulong at = names + nameOffset;
            if (at >= (ulong)table.Length) continue;
            ReadOnlySpan<byte> name = table.Slice((int)at, Math.Min(MaxName, table.Length - (int)at));
            int end = name.IndexOf((byte)0);
            budget -= end < 0 ? MaxName : end + 1;
            if (end <= 0) continue;
            functions.Add(new SymbolEntry
            {
                Address = text + entry,
                Size = (uint)Math.Min(next - entry, uint.MaxValue),
                NameOffset = (uint)at,
                NameLength = (ushort)end,
                Info = LocalFunction,
            });
        }

        return functions.Count > 0;
    }

    /// <summary>Where the runtime says that its code starts: <c>runtime.text</c>; without symbols the section with the code.</summary>
    private static ulong TextStart(ElfImage image)
    {
        if (ElfSymbols.Read(image).Find("runtime.text") is [var symbol, ..]) return symbol.Address;
        return image.TrySection(".text"u8, out ElfSection section) ? section.Address : 0;
    }

    private static ulong Number(ReadOnlySpan<byte> list, int index, bool isShort) =>
        isShort ? BinaryPrimitives.ReadUInt32LittleEndian(list[(index * 4)..]) : BinaryPrimitives.ReadUInt64LittleEndian(list[(index * 8)..]);

    private static ulong U64(ReadOnlySpan<byte> table, int at) => BinaryPrimitives.ReadUInt64LittleEndian(table[at..]);
}
