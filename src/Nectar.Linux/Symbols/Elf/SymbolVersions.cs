// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>Reads the names of symbol versions: those that a file defines (<c>.gnu.version_d</c>) and those that it needs (<c>.gnu.version_r</c>).</summary>
internal static class SymbolVersions
{
    private const int DefinitionSize = 20, NeedSize = 16, NeedEntrySize = 16, MaxName = 256;

    /// <summary>Puts names at their numbers; <paramref name="needed"/> gets the numbers of versions of other files.</summary>
    internal static void Read(ElfImage image, List<string> names, HashSet<int> needed)
    {
        if (TryTable(image, ElfSection.VersionDefinitions, out ReadOnlySpan<byte> table, out ReadOnlySpan<byte> strings))
        {
            uint at = 0;
            for (int left = table.Length / DefinitionSize; left > 0 && at <= table.Length - DefinitionSize; left--)
            {
                ReadOnlySpan<byte> entry = table[(int)at..];
                uint aux = U32(entry[12..]), next = U32(entry[16..]);
                if (aux <= entry.Length - 8) Put(names, BinaryPrimitives.ReadUInt16LittleEndian(entry[4..]), strings, U32(entry[(int)aux..]));
                if (next == 0 || next > table.Length - at) break;
                at += next;
            }
        }

        if (!TryTable(image, ElfSection.VersionNeeds, out table, out strings)) return;
        uint file = 0;
        int budget = table.Length / NeedEntrySize; // entries cannot be more than fit, whatever the links say
        while (budget-- > 0 && file <= table.Length - NeedSize)
        {
            ReadOnlySpan<byte> entry = table[(int)file..];
            uint next = U32(entry[12..]);
            ulong at = file + (ulong)U32(entry[8..]);
            for (int left = BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]); left > 0 && budget-- > 0 && at + NeedEntrySize <= (ulong)table.Length; left--)
            {
                ReadOnlySpan<byte> need = table[(int)at..];
                ushort number = BinaryPrimitives.ReadUInt16LittleEndian(need[6..]);
                if (Put(names, number, strings, U32(need[8..]))) needed.Add(number);
                uint step = U32(need[12..]);
                if (step == 0) break;
                at += step;
            }

            if (next == 0 || next > table.Length - file) break;
            file += next;
        }
    }

    private static bool Put(List<string> names, ushort number, ReadOnlySpan<byte> strings, uint offset)
    {
        if (number is < 2 or >= 0x8000) return false;
        ReadOnlySpan<byte> name = ElfImage.ZeroTerminated(strings, offset);
        while (names.Count <= number) names.Add("");
        if (names[number].Length > 0) return false;
        names[number] = ElfImage.Text(name.Length > MaxName ? name[..MaxName] : name);
        return true;
    }

    private static bool TryTable(ElfImage image, uint type, out ReadOnlySpan<byte> table, out ReadOnlySpan<byte> strings)
    {
        table = strings = default;
        if (!image.TrySection(type, out ElfSection section) || section.Link >= image.Sections.Length) return false;
        if (!image.TryData(section, out ReadOnlyMemory<byte> data, out _) || !image.TryData(image.Sections[(int)section.Link], out ReadOnlyMemory<byte> text, out _)) return false;
        table = data.Span;
        strings = text.Span;
        return true;
    }

    private static uint U32(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt32LittleEndian(at);
}
