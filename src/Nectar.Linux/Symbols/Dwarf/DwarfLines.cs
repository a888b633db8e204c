// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>The source lines of a unit's code, by address (DWARF 5, 6.2; versions 2 to 5 of the table).</summary>
internal sealed class DwarfLines
{
    private const int MaxFiles = 1 << 17;
    private readonly List<string> _folders = [];
    private readonly List<(string Name, int Folder)> _files = [];
    private readonly List<Row> _rows = [];
    private Row[] _sorted = [];
    private int _version;

    private DwarfLines()
    {
    }

    internal long Bytes => (_sorted.Length * 24L) + (_files.Count * 96L) + (_folders.Count * 96L);

    internal static DwarfLines Read(DwarfSections sections, DwarfUnit unit, ulong offset)
    {
        DwarfLines lines = new();
        lines.ReadTable(sections, unit, offset);
        lines._sorted = [.. lines._rows.OrderBy(row => row.Address)]; // stable: of one address the last row counts
        lines._rows.Clear();
        lines._rows.TrimExcess();
        return lines;
    }

    internal bool TryFind(ulong address, out string file, out int line)
    {
        (file, line) = ("", 0);
        int low = 0, high = _sorted.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_sorted[middle].Address <= address) low = middle + 1;
            else high = middle - 1;
        }

        // where one piece of code ends, another may start
        while (high > 0 && _sorted[high].IsEnd && _sorted[high - 1].Address == _sorted[high].Address) high--;
        if (high < 0 || _sorted[high].IsEnd || _sorted[high].Line == 0) return false;
        line = (int)_sorted[high].Line;
        file = FileName((int)_sorted[high].File);
        return true;
    }

    /// <summary>The first address of a line of a file that is in this table; false if the file is not.</summary>
    internal bool TryFindAddress(string file, int line, int column, out ulong? address)
    {
        address = null;
        HashSet<uint> numbers = [];
        for (int i = 0; i <= _files.Count; i++)
        {
            string name = FileName(i);
            if (name == file || name.EndsWith("/" + file, StringComparison.Ordinal)) numbers.Add((uint)i);
        }

        if (numbers.Count == 0) return false;
        foreach (Row row in _sorted)
        {
            if (row.Line != line || row.IsEnd || (column != 0 && row.Column != column) || !numbers.Contains(row.File)) continue;
            address = row.Address;
            break;
        }

        return true;
    }

    /// <summary>The path of a file by its number.</summary>
    internal string FileName(int number)
    {
        int index = _version >= 5 ? number : number - 1;
        if (index < 0 || index >= _files.Count) return "??";
        (string name, int folder) = _files[index];
        if (name.StartsWith('/')) return name;
        int at = _version >= 5 ? folder : folder - 1;
        string path = at >= 0 && at < _folders.Count ? $"{_folders[at]}/{name}" : name;
        return path.StartsWith('/') || _version < 5 || _folders.Count == 0 || at == 0 ? path : $"{_folders[0]}/{path}";
    }

    private void ReadTable(DwarfSections sections, DwarfUnit unit, ulong offset)
    {
        const int LongestLength = 12;
        if (offset >= (ulong)sections.Lines.Length) return;
        DwarfCursor at = new(sections.Lines.Between(offset, offset + LongestLength), (int)offset);
        ulong length = at.Unsigned(4);
        int offsetSize = length == 0xffffffff ? 8 : 4;
        if (offsetSize == 8) length = at.Unsigned(8);
        if (at.IsBad || length > (ulong)(sections.Lines.Length - at.At)) return;
        ReadOnlySpan<byte> section = sections.Lines.Between(offset, (ulong)at.At + length);
        at = new DwarfCursor(section, at.At);
        _version = (int)at.Unsigned(2);
        if (_version is < 2 or > 5) return;
        int addressSize = unit.AddressSize;
        if (_version >= 5)
        {
            addressSize = at.Byte();
            at.Skip(1);
        }

        ulong headerLength = at.Unsigned(offsetSize);
        if (at.IsBad || headerLength > (ulong)(section.Length - at.At) || addressSize is not (4 or 8)) return;
        int program = at.At + (int)headerLength;
        int step = at.Byte();
        if (_version >= 4) at.Skip(1); // VLIW
        at.Skip(1);
        sbyte lineBase = (sbyte)at.Byte();
        int lineRange = at.Byte(), firstSpecial = at.Byte();
        if (lineRange == 0 || firstSpecial == 0 || at.IsBad) return;
        byte[] operands = new byte[firstSpecial];
        for (int i = 1; i < firstSpecial; i++) operands[i] = at.Byte();
        if (_version >= 5) ReadNames(sections, unit, offsetSize, section, ref at);
        else ReadOldNames(section, ref at);
        Run(new DwarfCursor(section, program), step, lineBase, lineRange, operands, addressSize);
    }

    private void ReadOldNames(ReadOnlySpan<byte> section, ref DwarfCursor at)
    {
        while (_folders.Count < MaxFiles && !at.IsBad)
        {
            int start = at.At, length = at.String();
            if (length == 0) break;
            _folders.Add(Encoding.UTF8.GetString(section.Slice(start, Math.Min(length, 4096))));
        }

        while (_files.Count < MaxFiles && !at.IsBad)
        {
            int start = at.At, length = at.String();
            if (length == 0) break;
            int folder = (int)Math.Min(at.Uleb(), int.MaxValue);
            at.Uleb();
            at.Uleb();
            _files.Add((Encoding.UTF8.GetString(section.Slice(start, Math.Min(length, 4096))), folder));
        }
    }

    private void ReadNames(DwarfSections sections, DwarfUnit unit, int offsetSize, ReadOnlySpan<byte> section, ref DwarfCursor at)
    {
        for (int list = 0; list < 2; list++)
        {
            (ulong Content, DwarfForm Form)[] formats = new (ulong, DwarfForm)[at.Byte()];
            for (int i = 0; i < formats.Length; i++) formats[i] = (at.Uleb(), (DwarfForm)at.Uleb());
            ulong count = at.Uleb();
            if (formats.Length == 0) continue; // a count without bytes costs nothing to claim
            for (ulong i = 0; i < count && i < MaxFiles && !at.IsBad; i++)
            {
                string name = "";
                int folder = 0;
                foreach ((ulong content, DwarfForm form) in formats)
                {
                    if (form is DwarfForm.LineStrp or DwarfForm.Strp)
                    {
                        ulong place = at.Unsigned(offsetSize);
                        ReadOnlySpan<byte> text = sections.LineText(form == DwarfForm.LineStrp, place);
                        if (content == 1) name = Encoding.UTF8.GetString(text.Length > 4096 ? text[..4096] : text);
                    }
                    else if (form == DwarfForm.String)
                    {
                        int start = at.At, length = at.String();
                        if (content == 1) name = Encoding.UTF8.GetString(section.Slice(start, Math.Min(length, 4096)));
                    }
                    else
                    {
                        DwarfValue value = DwarfValue.Read(form, 0, unit, ref at);
                        if (content == 2) folder = (int)Math.Min(value.Number, int.MaxValue);
                        else if (content == 1) name = sections.String(unit, value) ?? "";
                    }
                }

                if (list == 0) _folders.Add(name);
                else _files.Add((name, folder));
            }
        }
    }

    private void Run(DwarfCursor at, int step, sbyte lineBase, int lineRange, byte[] operands, int addressSize)
    {
        ulong address = 0;
        uint file = 1, column = 0;
        long line = 1;
        while (!at.IsAtEnd)
        {
            int opcode = at.Byte();
            if (opcode >= operands.Length)
            {
                int special = opcode - operands.Length;
                address += (ulong)(special / lineRange * step);
                line += lineBase + (special % lineRange);
                _rows.Add(new Row(address, file, (uint)line, column, false));
                continue;
            }

            switch (opcode)
            {
                case 0:
                    int length = (int)Math.Min(at.Uleb(), int.MaxValue), end = at.At + length;
                    int extended = length > 0 ? at.Byte() : 0;
                    if (extended == 1)
                    {
                        _rows.Add(new Row(address, file, (uint)line, column, true));
                        (address, file, line, column) = (0, 1, 1, 0);
                    }
                    else if (extended == 2)
                    {
                        address = at.Unsigned(addressSize);
                    }

                    if (at.IsBad || length < 0 || end < at.At) return;
                    at.Skip((ulong)(end - at.At));
                    break;
                case 1:
                    _rows.Add(new Row(address, file, (uint)line, column, false));
                    break;
                case 2:
                    address += at.Uleb() * (ulong)step;
                    break;
                case 3:
                    line += at.Sleb();
                    break;
                case 4:
                    file = (uint)at.Uleb();
                    break;
                case 5:
                    column = (uint)Math.Min(at.Uleb(), uint.MaxValue);
                    break;
                case 8:
                    address += (ulong)((255 - operands.Length) / lineRange * step);
                    break;
                case 9:
                    address += at.Unsigned(2);
                    break;
                default:
                    for (int i = 0; i < operands[opcode]; i++) at.Uleb();
                    break;
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Row(ulong Address, uint File, uint Line, uint Column, bool IsEnd);
}
