// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Go;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>
/// The symbols that a file defines, by name and by address. Immutable and thread-safe; holds no file open. Takes about 36 bytes
/// for each symbol beside its name (<see cref="Bytes"/>).
/// </summary>
public sealed class ElfSymbols
{
    private const int MaxSteps = 16;
    private readonly SymbolEntry[] _entries;
    private readonly ReadOnlyMemory<byte>[] _tables;
    private readonly string[] _versions;
    private readonly NameIndex _index;
    private readonly ulong[] _starts;
    private readonly int[] _order;
    private readonly ElfSegment[] _segments;

    internal ElfSymbols(ElfSymbolsBuilder builder, ElfImage image)
    {
        Path = image.Path;
        _entries = builder.Entries;
        _tables = builder.Tables;
        _versions = builder.Versions;
        _index = builder.Index;
        _segments = [.. image.Segments];
        (_starts, _order) = Sort(image);
        Bytes = (_entries.Length * 24L) + (_starts.Length * 12L) + _index.Bytes + _tables.Sum(table => (long)table.Length);
    }

    /// <summary>The file that they belong to.</summary>
    public string Path { get; }

    /// <summary>How many there are.</summary>
    public int Count => _entries.Length;

    /// <summary>Memory that this object holds, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The symbol at an index below <see cref="Count"/>.</summary>
    public ElfSymbol this[int index] => Make(index);

    /// <summary>Reads the symbols that a file has itself, dynamic ones included, without looking for debug files.</summary>
    public static ElfSymbols Read(ElfImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        ElfSymbolsBuilder builder = new();
        builder.Add(image);
        return new ElfSymbols(builder, image);
    }

    /// <summary>
    /// Reads the symbols of a file; if it is stripped, also those of its debug file (by build id or <c>.gnu_debuglink</c>, below
    /// <c>/usr/lib/debug</c>, beside it or in debuginfod's cache) or of its <c>.gnu_debugdata</c>, and for Go programs the
    /// functions that the runtime knows (<c>.gopclntab</c>).
    /// </summary>
    /// <param name="path">An executable or shared library.</param>
    /// <exception cref="ObjectFormatException">It cannot be opened or is no 64-bit little-endian ELF file.</exception>
    public static ElfSymbols Load(string path)
    {
        using ElfImage image = ElfImage.Open(path);
        return Load(image, "");
    }

    internal static ElfSymbols Load(ElfImage image, string root)
    {
        ElfSymbolsBuilder builder = new();
        builder.Add(image);
        if (!image.TrySection(ElfSection.SymbolTable, out _))
        {
            if (DebugFiles.TryOpen(image, root, out ElfImage? debug))
            {
                using (debug) builder.Add(debug);
            }
            else if (DebugFiles.TryEmbedded(image, out ElfImage? embedded))
            {
                builder.Add(embedded);
            }

            GoFunctions.TryAdd(image, builder);
        }

        return new ElfSymbols(builder, image);
    }

    /// <summary>All symbols of a name; <c>name@VERSION</c> only those of a version, <c>name@@VERSION</c> only as the default version.</summary>
    public IReadOnlyList<ElfSymbol> Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int at = name.IndexOf('@', StringComparison.Ordinal);
        byte[] bare = Encoding.UTF8.GetBytes(at > 0 ? name[..at] : name);
        string? version = at > 0 ? name[at..].TrimStart('@') : null;
        bool wantDefault = at > 0 && name.AsSpan(at).StartsWith("@@");
        List<ElfSymbol> found = [];
        for (int i = _index.First(NameIndex.Hash(bare)); i >= 0; i = _index.Next(i))
        {
            if (!NameBytes(i).SequenceEqual(bare)) continue;
            ElfSymbol symbol = Make(i);
            if (version is null || (symbol.Version == version && (!wantDefault || symbol.IsDefaultVersion))) found.Add(symbol);
        }

        found.Reverse(); // chains run from the last to the first
        return found;
    }

    /// <summary>All symbols whose name fits a pattern (<c>*</c> any text, <c>?</c> one byte), in the order of the file's tables.</summary>
    public IEnumerable<ElfSymbol> Match(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        byte[] bytes = Encoding.UTF8.GetBytes(pattern);
        for (int i = 0; i < _entries.Length; i++)
        {
            if (NamePattern.Matches(bytes, NameBytes(i))) yield return Make(i);
        }
    }

    /// <summary>
    /// All functions whose readable name (<see cref="Demangler"/>) fits a pattern: the whole of it (<c>space::f(int)</c>), or what is before
    /// the parameters (<c>space::f</c>). Names that are not mangled are compared as they are. Demangles every name: about a microsecond each.
    /// </summary>
    public IEnumerable<ElfSymbol> MatchDemangled(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        byte[] bytes = Encoding.UTF8.GetBytes(pattern);
        for (int i = 0; i < _entries.Length; i++)
        {
            if (_entries[i].Kind == ElfSymbolKind.Object) continue;
            byte[] readable = Encoding.UTF8.GetBytes(Demangler.Demangle(Encoding.UTF8.GetString(NameBytes(i))));
            if (NamePattern.Matches(bytes, readable) || NamePattern.Matches(bytes, NamePattern.WithoutParameters(readable))) yield return Make(i);
        }
    }

    /// <summary>
    /// The functions of a name (also with a version) or a pattern, each place in the file once: what to put uprobes on. Functions
    /// that choose an implementation are left out, as a probe there would fire when the program starts, not when it is called.
    /// </summary>
    /// <exception cref="ObjectFormatException">NEC4403: there is none; the message names the nearest.</exception>
    public IReadOnlyList<ElfSymbol> FindFunctions(string nameOrPattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPattern);
        HashSet<ulong> places = [];
        List<ElfSymbol> found = [], indirect = [];
        foreach (ElfSymbol symbol in NamePattern.Is(nameOrPattern) ? Match(nameOrPattern) : Find(nameOrPattern))
        {
            if (symbol.Kind == ElfSymbolKind.Indirect) indirect.Add(symbol);
            else if (symbol.FileOffset is { } place && IsCode(symbol.Kind, symbol.Address) && places.Add(place)) found.Add(symbol);
        }

        return found.Count > 0 ? found : throw new ObjectFormatException(NotFound(nameOrPattern, indirect));
    }

    /// <summary>The function that holds an address of the image; false if none is known to.</summary>
    /// <param name="address">An address that the image is linked to.</param>
    /// <param name="symbol">The function; of several at one place the global one with the plainest name.</param>
    /// <param name="offset">How far into it.</param>
    public bool TryFind(ulong address, out ElfSymbol symbol, out ulong offset)
    {
        if (TryFindIndex(address, out int index, out offset))
        {
            symbol = Make(index);
            return true;
        }

        symbol = default;
        return false;
    }

    /// <summary>As <see cref="TryFind"/>, without making a string.</summary>
    internal bool TryFindIndex(ulong address, out int index, out ulong offset)
    {
        int at = _starts.AsSpan().BinarySearch(address);
        if (at < 0) at = ~at - 1;
        // Assembly sources have functions within functions: the innermost that reaches so far.
        for (int step = 0; at >= 0 && step < MaxSteps; at--, step++)
        {
            ref readonly SymbolEntry entry = ref _entries[_order[at]];
            offset = address - entry.Address;
            // without a size: up to the next symbol
            if (offset < entry.Size || (entry.Size == 0 && step == 0 && SameSegment(entry.Address, address)))
            {
                index = _order[at];
                return true;
            }
        }

        index = -1;
        offset = 0;
        return false;
    }

    internal ReadOnlySpan<byte> NameBytes(int index) => _tables[_entries[index].Table].Span.Slice((int)_entries[index].NameOffset, _entries[index].NameLength);

    /// <summary>The symbols nearest to a name that was not found.</summary>
    internal NearestNames Nearest(string name)
    {
        NearestNames nearest = new(name);
        for (int i = 0; i < _entries.Length; i++)
        {
            if (_entries[i].Kind != ElfSymbolKind.Object) nearest.Offer(NameBytes(i));
        }

        return nearest;
    }

    private Diagnostic NotFound(string name, List<ElfSymbol> indirect)
    {
        string[] notes;
        if (indirect.Count > 0)
        {
            string bare = indirect[0].Name;
            string[] variants = [.. Match($"__{bare}_*").Where(symbol => symbol.Kind == ElfSymbolKind.Function).Select(symbol => symbol.Name).Distinct().Order().Take(6)];
            notes = [$"note: '{bare}' stands for one of several functions, chosen when a program starts", variants.Length > 0 ? "help: put probes on them: " + string.Join(", ", variants) : "help: install the file's debug symbols to see which they are"];
        }
        else if (_entries.Length == 0)
        {
            notes = ["note: the file has no symbols at all", "help: install its debug symbols, or give the function's offset in the file"];
        }
        else
        {
            notes = NamePattern.Is(name) ? [] : Nearest(name).Notes;
        }

        return Diagnostic.Error(SymbolCodes.Function, $"'{Path}': no function '{name}' among {_entries.Length} symbols", notes);
    }

    private bool SameSegment(ulong first, ulong second)
    {
        foreach (ElfSegment segment in _segments)
        {
            if (first >= segment.Address && first - segment.Address < segment.MemorySize) return second - segment.Address < segment.MemorySize;
        }

        return false;
    }

    private ulong? FileOffset(ulong address)
    {
        foreach (ElfSegment segment in _segments)
        {
            if (address >= segment.Address && address - segment.Address < segment.FileSize) return address - segment.Address + segment.Offset;
        }

        return null;
    }

    private bool IsCode(ElfSymbolKind kind, ulong address)
    {
        if (kind == ElfSymbolKind.Object) return false;
        foreach (ElfSegment segment in _segments)
        {
            if (segment.IsExecutable && address >= segment.Address && address - segment.Address < segment.MemorySize) return true;
        }

        return false;
    }

    private ElfSymbol Make(int index)
    {
        ref readonly SymbolEntry entry = ref _entries[index];
        ReadOnlySpan<byte> table = _tables[entry.Table].Span;
        string? version = null;
        bool isDefault = false;
        int number = entry.Version & 0x7fff;
        if (number > 1 && number < _versions.Length && _versions[number].Length > 0)
        {
            version = _versions[number];
            isDefault = (entry.Version & 0x8000) == 0;
        }
        else if ((int)entry.NameOffset + entry.NameLength < table.Length && table[(int)entry.NameOffset + entry.NameLength] == '@')
        {
            ReadOnlySpan<byte> rest = ElfImage.ZeroTerminated(table, entry.NameOffset + (ulong)entry.NameLength);
            isDefault = rest.StartsWith("@@"u8);
            version = ElfImage.Text(rest.TrimStart((byte)'@'));
        }

        return new ElfSymbol(Encoding.UTF8.GetString(NameBytes(index)), version, isDefault, entry.Address, entry.Size, FileOffset(entry.Address), entry.Kind, entry.Binding);
    }

    /// <summary>The functions by address, one for each.</summary>
    private (ulong[] Starts, int[] Order) Sort(ElfImage image)
    {
        ulong[] starts = new ulong[_entries.Length];
        int[] order = new int[_entries.Length];
        int count = 0;
        for (int i = 0; i < _entries.Length; i++)
        {
            if (!IsCode(_entries[i].Kind, _entries[i].Address) && !(image.Segments.Count == 0 && _entries[i].Kind == ElfSymbolKind.Function)) continue;
            starts[count] = _entries[i].Address;
            order[count++] = i;
        }

        Array.Sort(starts, order, 0, count);
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (kept > 0 && starts[kept - 1] == starts[i])
            {
                if (Rank(order[i]) > Rank(order[kept - 1])) order[kept - 1] = order[i];
                continue;
            }

            starts[kept] = starts[i];
            order[kept++] = order[i];
        }

        Array.Resize(ref starts, kept);
        Array.Resize(ref order, kept);
        return (starts, order);
    }

    /// <summary>Which of several names of one place to show: a sized function, global, with few leading underscores, the shortest.</summary>
    private int Rank(int index)
    {
        ref readonly SymbolEntry entry = ref _entries[index];
        ReadOnlySpan<byte> name = NameBytes(index);
        int underscores = name.Length - name.TrimStart((byte)'_').Length;
        if (name.StartsWith("_Z"u8) || name.StartsWith("_R"u8)) underscores = 0;
        int rank = entry.Kind is ElfSymbolKind.Function or ElfSymbolKind.Indirect ? 8 : 0;
        rank += entry.Size > 0 ? 4 : 0;
        rank += entry.Binding switch { ElfSymbolBinding.Local => 0, ElfSymbolBinding.Weak => 1, _ => 2 };
        return (rank << 20) - (Math.Min(underscores, 15) << 14) - name.Length;
    }
}
