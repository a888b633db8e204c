// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>
/// What DWARF 4 and 5 say of a program: functions with their parameters, types with their members, source lines. Read from the file or from
/// its debug file (as <see cref="ElfSymbols.Load(string)"/> finds it). Thread-safe. Keeps the sections in memory (<see cref="Bytes"/>).
/// </summary>
/// <remarks>
/// Split files (<c>.dwo</c>) and packages of them (<c>.dwp</c>) are found beside the program. Not read: files that dwz made several programs share, <c>.debug_types</c> of DWARF 4. Where they are used, types are
/// of kind <see cref="DwarfTypeKind.Void"/> and names are missing.
/// </remarks>
public sealed class DwarfInfo
{
    /// <summary>The type of nothing.</summary>
    internal static readonly DwarfType VoidType = new(null, 0, DwarfTypeKind.Void, "void", 0, null);

    private const int MaxChildren = 1 << 16, MaxHops = 4;
    private readonly DwarfSections _sections;
    private readonly Lazy<DwarfIndex> _index;
    private readonly Lazy<DwarfInfo[]> _splits;
    private readonly ConcurrentDictionary<ulong, DwarfType> _types = [];
    private readonly BoundedCache<ulong, DwarfCode> _code = new(32 << 20, static code => code.Bytes);
    private readonly BoundedCache<ulong, DwarfLines> _lines = new(32 << 20, static lines => lines.Bytes);

    private DwarfInfo(DwarfSections sections, string path)
    {
        _sections = sections;
        Path = path;
        _index = new Lazy<DwarfIndex>(() => DwarfIndex.Build(_sections));
        _splits = new Lazy<DwarfInfo[]>(() => [.. _sections.Units.Select(unit => _sections.ReadSplit(unit, Path)).OfType<DwarfSections>().Select(split => new DwarfInfo(split, Path))]);
    }

    /// <summary>The program or library.</summary>
    public string Path { get; }

    /// <summary>Memory that the sections and the index take.</summary>
    public long Bytes => _sections.Bytes + (_index.IsValueCreated ? _index.Value.Bytes : 0);

    /// <summary>How many parts of code belong to functions.</summary>
    public int FunctionCount => _index.Value.Functions;

    /// <summary>Reads the debug information of a file.</summary>
    /// <exception cref="ObjectFormatException">The file cannot be read, or NEC4408: it has no DWARF and no debug file.</exception>
    public static DwarfInfo Load(string path) => TryLoad(path, out DwarfInfo? info, out Diagnostic? problem) ? info : throw new ObjectFormatException(problem);

    /// <summary>As <see cref="Load"/>; false with the reason if that is not possible.</summary>
    public static bool TryLoad(string path, [NotNullWhen(true)] out DwarfInfo? info, [NotNullWhen(false)] out Diagnostic? problem) => TryLoad(path, [], out info, out problem);

    /// <summary>As the other overload.</summary>
    /// <param name="path">The file.</param>
    /// <param name="debugFolders">Where a debug file is looked for first.</param>
    /// <param name="info">What was read.</param>
    /// <param name="problem">Why nothing was.</param>
    public static bool TryLoad(string path, IReadOnlyList<string> debugFolders, [NotNullWhen(true)] out DwarfInfo? info, [NotNullWhen(false)] out Diagnostic? problem)
    {
        ArgumentNullException.ThrowIfNull(debugFolders);
        info = null;
        if (!ElfImage.TryOpen(path, out ElfImage? image, out problem)) return false;
        using (image) return TryLoad(image, "", debugFolders, long.MaxValue, out info, out problem);
    }

    /// <summary>As the others.</summary>
    /// <param name="image">The file.</param>
    /// <param name="root">What to put before absolute paths: empty, or a process's root.</param>
    /// <param name="debugFolders">Where a debug file is looked for first.</param>
    /// <param name="maxBytes">Of debug information: more is not read.</param>
    /// <param name="info">What was read.</param>
    /// <param name="problem">Why nothing was.</param>
    internal static bool TryLoad(ElfImage image, string root, IReadOnlyList<string> debugFolders, long maxBytes, [NotNullWhen(true)] out DwarfInfo? info, [NotNullWhen(false)] out Diagnostic? problem)
    {
        (info, problem) = (null, null);
        DwarfSections? sections = ReadUpTo(image, maxBytes);
        if (sections is null && DebugFiles.TryOpen(image, root, out ElfImage? debug, debugFolders))
        {
            using (debug) sections = ReadUpTo(debug, maxBytes);
        }

        if (sections is null)
        {
            problem = Diagnostic.Error(SymbolCodes.DebugInfo, $"'{image.Path}' has no DWARF debug information of version 4 or 5, and no debug file has any", "help: compile with -g, or install the package's debug symbols");
            return false;
        }

        info = new DwarfInfo(sections, image.Path);
        return true;
    }

    /// <summary>The functions of a name (of the source or of the linker) that have code; empty if there are none.</summary>
    public IReadOnlyList<DwarfFunction> FindFunctions(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return [.. _index.Value.FindFunctions(Encoding.UTF8.GetBytes(name)).Select(ReadFunction).OfType<DwarfFunction>(), .. _splits.Value.SelectMany(split => split.FindFunctions(name))];
    }

    /// <summary>The function of a name.</summary>
    /// <exception cref="ObjectFormatException">NEC4408: there is none; the message names the nearest.</exception>
    public DwarfFunction FindFunction(string name)
    {
        if (FindFunctions(name) is [var function, ..]) return function;
        NearestNames nearest = new(name);
        _index.Value.OfferNames(nearest);
        throw new ObjectFormatException(Diagnostic.Error(SymbolCodes.DebugInfo, $"'{Path}': the debug information has no function '{name}' with code", nearest.Notes));
    }

    /// <summary>The function whose code holds an address of the image.</summary>
    public bool TryFindFunction(ulong address, [NotNullWhen(true)] out DwarfFunction? function)
    {
        int entry = _index.Value.FindAddress(address);
        function = entry < 0 ? null : ReadFunction(entry);
        return function is not null;
    }

    /// <summary>The type of a name (without <c>struct</c>) that is defined in the file; null if there is none.</summary>
    public DwarfType? FindType(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_index.Value.FindTypes(Encoding.UTF8.GetBytes(name)) is [var entry, ..]) return TypeAt((ulong)entry);
        foreach (DwarfInfo split in _splits.Value)
        {
            if (split.FindType(name) is { } found) return found;
        }

        return null;
    }

    /// <summary>The source line of an address of the image; false if it is not known.</summary>
    /// <param name="address">An address that the image is linked to.</param>
    /// <param name="file">The path as the compiler was given it, with its folder.</param>
    /// <param name="line">From 1.</param>
    public bool TryFindLine(ulong address, out string file, out int line)
    {
        (file, line) = ("", 0);
        if (UnitAt(address) is not { First.LineTable: not null } unit) return false;
        return LinesOf(unit).TryFind(address, out file, out line);
    }

    /// <summary>Where in the source the code at an address comes from, with the functions that the compiler put in place of calls there; null if it is not known.</summary>
    /// <param name="address">An address that the image is linked to.</param>
    public DwarfPlace? FindPlace(ulong address)
    {
        if (UnitAt(address) is not { First.LineTable: not null } unit) return null;
        DwarfLines lines = LinesOf(unit);
        if (!lines.TryFind(address, out string file, out int line)) return null;
        DwarfCode code = _code.GetOrLoad(unit.Start, (_sections, unit), static (_, from) => DwarfCode.Read(from._sections, from.unit));
        List<DwarfInlinedFunction> inlined = [];
        foreach ((string name, int callFile, int callLine) in code.Find(_sections, address))
        {
            inlined.Add(new DwarfInlinedFunction(name, file, line));
            (file, line) = (lines.FileName(callFile), callLine); // whoever is around it stands at the call
        }

        return new DwarfPlace(file, line, inlined);
    }

    /// <summary>The first address of a source line's code; null if the line has none. False if no part of the program comes from such a file.</summary>
    /// <param name="file">The end of the path as the compiler was given it, whole names: <c>main.c</c>, <c>src/main.c</c>.</param>
    /// <param name="line">From 1.</param>
    /// <param name="column">From 1; 0 for any.</param>
    /// <param name="address">An address that the image is linked to.</param>
    public bool TryFindAddress(string file, int line, int column, out ulong? address)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        address = null;
        _ = _index.Value; // fills in where units have their tables
        bool isKnown = false;
        HashSet<ulong> seen = [];
        foreach (DwarfUnit unit in _sections.Units)
        {
            if (unit.First.LineTable is not { } table || !seen.Add(table)) continue;
            DwarfLines lines = LinesOf(unit);
            if (!lines.TryFindAddress(file, line, column, out ulong? found)) continue;
            isKnown = true;
            if (found is { } start && !(address <= start)) address = start;
        }

        return isKnown;
    }

    private static DwarfSections? ReadUpTo(ElfImage image, long maxBytes)
    {
        bool isSmall = maxBytes == long.MaxValue || DwarfSections.SizeOf(image) <= maxBytes;
        return isSmall ? DwarfSections.Read(image) : null;
    }

    /// <summary>The unit of an address; of compilers that do not say what code a unit has, by its functions.</summary>
    private DwarfUnit? UnitAt(ulong address)
    {
        if (_sections.UnitAt(address) is { } unit) return unit;
        return _sections.HasCode ? null : _index.Value.FindAddress(address) is var entry and >= 0 ? _sections.UnitOf((ulong)entry) : null;
    }

    private DwarfLines LinesOf(DwarfUnit unit) => _lines.GetOrLoad(unit.First.LineTable!.Value, (_sections, unit), static (offset, from) => DwarfLines.Read(from._sections, from.unit, offset));

    internal DwarfType TypeAt(ulong offset)
    {
        if (_types.TryGetValue(offset, out DwarfType? known)) return known;
        DwarfType made = DwarfTypeReader.Read(this, _sections, offset, DefinitionOf);
        return _types.GetOrAdd(offset, made);
    }

    internal DwarfType TypeOf(in DwarfValue value) => value.Kind switch
    {
        DwarfValueKind.Reference => TypeAt(value.Number),
        DwarfValueKind.Signature when _sections.TypeUnit(value.Number) is { } unit => TypeAt(unit.TypeEntry),
        _ => VoidType,
    };

    internal IReadOnlyList<DwarfMember> MembersOf(int entry)
    {
        List<DwarfMember> members = [];
        foreach ((DwarfUnit unit, DwarfEntry child) in Children(entry))
        {
            if (child.Tag is DwarfTag.Member or DwarfTag.Inheritance && DwarfTypeReader.Member(this, _sections, unit, child) is { } member) members.Add(member);
        }

        return members;
    }

    /// <summary>A class has a destructor that does something: what is trivial is not written down.</summary>
    internal bool HasDestructor(int entry)
    {
        foreach ((DwarfUnit unit, DwarfEntry child) in Children(entry))
        {
            if (child.Tag == DwarfTag.Subprogram && _sections.Text(unit, child.Name) is [(byte)'~', ..]) return true;
        }

        return false;
    }

    internal IReadOnlyList<KeyValuePair<string, long>> EnumeratorsOf(int entry)
    {
        List<KeyValuePair<string, long>> values = [];
        foreach ((DwarfUnit unit, DwarfEntry child) in Children(entry))
        {
            if (child.Tag == DwarfTag.Enumerator && _sections.String(unit, child.Name) is { } name) values.Add(new(name, (long)child.ConstValue.Number));
        }

        return values;
    }

    /// <summary>The entries directly below one. The same object is filled for each.</summary>
    internal IEnumerable<(DwarfUnit Unit, DwarfEntry Child)> Children(int entry)
    {
        if (_sections.UnitOf((ulong)entry) is not { } unit) yield break;
        DwarfEntry child = new();
        int at = entry, depth = 0;
        for (int count = 0; count < MaxChildren; count++)
        {
            bool isEntry = ReadAt(unit, child, ref at);
            if (at < 0) yield break;
            if (!isEntry)
            {
                if (--depth <= 0) yield break;
                continue;
            }

            if (count > 0 && depth == 1) yield return (unit, child);
            if (!child.HasChildren)
            {
                if (count == 0) yield break;
                continue;
            }

            bool canSkip = depth > 0 && child.Sibling.Kind == DwarfValueKind.Reference && child.Sibling.Number > (ulong)at && child.Sibling.Number < (ulong)unit.End;
            if (canSkip) at = (int)child.Sibling.Number;
            else depth++;
        }
    }

    private bool ReadAt(DwarfUnit unit, DwarfEntry entry, ref int at)
    {
        DwarfCursor cursor = new(_sections.InfoOf(unit), at);
        bool read = entry.Read(unit, ref cursor);
        at = cursor.IsBad || (!read && cursor.IsAtEnd) ? -1 : cursor.At;
        return read;
    }

    /// <summary>Where a type is defined that is only declared here.</summary>
    private int? DefinitionOf(string name) => _index.Value.FindTypes(Encoding.UTF8.GetBytes(name)) is [var entry, ..] ? entry : null;

    private DwarfFunction? ReadFunction(int offset)
    {
        if (_sections.UnitOf((ulong)offset) is not { } unit) return null;
        DwarfEntry entry = new();
        int at = offset;
        if (!ReadAt(unit, entry, ref at)) return null;
        (ulong start, ulong end) = Range(unit, entry);
        string? name = null, linkage = null;
        DwarfValue type = default;
        bool external = false;
        int described = offset; // the entry whose parameters are complete
        DwarfUnit home = unit;
        for (int hop = 0; hop <= MaxHops; hop++)
        {
            name ??= _sections.String(home, entry.Name);
            linkage ??= _sections.String(home, entry.LinkageName);
            if (!type.IsPresent) type = entry.Type;
            // what was inlined elsewhere keeps its parameters at the abstract function
            bool isOrigin = entry.AbstractOrigin.Kind == DwarfValueKind.Reference;
            DwarfValue next = isOrigin ? entry.AbstractOrigin : entry.Specification;
            if (next.Kind != DwarfValueKind.Reference || _sections.UnitOf(next.Number) is not { } other) break;
            at = (int)next.Number;
            if (!ReadAt(other, entry, ref at)) break;
            home = other;
            if (isOrigin) described = entry.Offset;
        }

        if (name is null) return null;
        List<DwarfParameter> parameters = [];
        bool variable = false;
        foreach ((DwarfUnit owner, DwarfEntry child) in Children(described))
        {
            if (child.Tag == DwarfTag.UnspecifiedParameters) variable = true;
            else if (child.Tag == DwarfTag.FormalParameter) parameters.Add(new DwarfParameter(_sections.String(owner, child.Name), TypeOf(child.Type), child.Artificial.IsPresent));
        }

        at = offset;
        ReadAt(unit, entry, ref at);
        external = IsExternal(entry);
        return new DwarfFunction(name, linkage == name ? null : linkage, start, end - start, parameters, TypeOf(type), variable, external);
    }

    private bool IsExternal(DwarfEntry entry)
    {
        for (int hop = 0; hop <= MaxHops; hop++)
        {
            if (entry.External.IsPresent) return entry.External.Number != 0;
            DwarfValue next = entry.AbstractOrigin.IsPresent ? entry.AbstractOrigin : entry.Specification;
            int at = (int)next.Number;
            if (next.Kind != DwarfValueKind.Reference || _sections.UnitOf(next.Number) is not { } home || !ReadAt(home, entry, ref at)) return false;
        }

        return false;
    }

    private (ulong Start, ulong End) Range(DwarfUnit unit, DwarfEntry entry)
    {
        if (entry.LowPc.IsPresent && _sections.TryAddress(unit, entry.LowPc, out ulong low))
        {
            return (low, entry.HighPc.Kind == DwarfValueKind.Number ? low + entry.HighPc.Number : _sections.TryAddress(unit, entry.HighPc, out ulong high) ? high : low);
        }

        return entry.Ranges.IsPresent && _sections.Ranges(unit, entry.Ranges) is [var first, ..] ? first : default;
    }
}
