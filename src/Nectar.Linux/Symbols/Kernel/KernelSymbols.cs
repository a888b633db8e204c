// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Symbols.Names;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Symbols.Kernel;

/// <summary>
/// The symbols of the running kernel, its modules and BPF programs (<c>/proc/kallsyms</c>), by name and by address. Thread-safe. What is
/// not found is looked for again in a fresh list, as modules and programs come and go: at most once a second, and for addresses in
/// BPF code whenever a program was loaded since.
/// </summary>
public sealed class KernelSymbols
{
    private const string DefaultPath = "/proc/kallsyms";
    private static readonly Lazy<KernelSymbols> s_shared = new(() => new KernelSymbols());
    private readonly string _path;
    private readonly Lazy<KernelNameQuery?> _query;
    private readonly Lock _loading = new();
    private volatile KernelSymbolTable? _table;
    private long _loadedAt;
    private uint _newestProgram;
    private int _loads;

    /// <summary>Makes a view of a list of symbols; it is read on first use.</summary>
    /// <param name="path">Another file of the same form, for instance saved from another machine.</param>
    public KernelSymbols(string path = DefaultPath)
    {
        _path = path;
        _query = new Lazy<KernelNameQuery?>(() => path == DefaultPath ? KernelNameQuery.TryOpen() : null);
    }

    /// <summary>The one for the whole process.</summary>
    public static KernelSymbols Shared => s_shared.Value;

    /// <summary>How many symbols there are.</summary>
    public int Count => Table.Count;

    /// <summary>True if the kernel shows us zeros for addresses: names can be looked up, addresses cannot.</summary>
    public bool AreAddressesHidden => Table.AreHidden;

    /// <summary>Memory that the symbols take, in bytes.</summary>
    public long Bytes => Table.Bytes;

    /// <summary>How often the list was read.</summary>
    public int Loads => Volatile.Read(ref _loads);

    /// <summary>The modules that have symbols; <c>bpf</c> among them if BPF programs do.</summary>
    public IReadOnlyList<string> Modules => [.. Table.Modules];

    private KernelSymbolTable Table => _table ?? Load();

    /// <summary>Reads the list anew.</summary>
    /// <exception cref="KernelException">NEC4400: it cannot be read.</exception>
    public void Refresh() => Load();

    /// <summary>All symbols of a name, in the order of their addresses; empty if there are none.</summary>
    /// <param name="name">The symbol's name.</param>
    /// <param name="module">Only those of this module; null for all.</param>
    public IReadOnlyList<KernelSymbol> Find(string name, string? module = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        List<KernelSymbol> found = [];
        KernelSymbolTable table = Table;
        table.Find(bytes, module, found);
        if (found.Count == 0 && RefreshedFrom(table) is { } fresh) fresh.Find(bytes, module, found);
        return found;
    }

    /// <summary>The only symbol of a name that is code.</summary>
    /// <exception cref="KernelException">NEC4407: there is none, or NEC4406: its address is hidden.</exception>
    public KernelSymbol FindFunction(string name, string? module = null)
    {
        foreach (KernelSymbol symbol in Find(name, module))
        {
            if (!symbol.IsFunction) continue;
            if (AreAddressesHidden) ThrowIfHidden();
            return symbol;
        }

        throw new KernelException(NotFound(name, module), Errno.ENOENT, "read(/proc/kallsyms)", name);
    }

    /// <summary>All symbols whose name fits a pattern (<c>*</c> any text, <c>?</c> one byte), by address.</summary>
    public IEnumerable<KernelSymbol> Match(string pattern, string? module = null)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        byte[] bytes = Encoding.UTF8.GetBytes(pattern);
        KernelSymbolTable table = Table;
        for (int i = 0; i < table.Count; i++)
        {
            if (NamePattern.Matches(bytes, table.NameBytes(i)) && (module is null || table.Module(i) == module)) yield return table[i];
        }
    }

    /// <summary>The symbol that an address of the kernel belongs to, and how far into it the address is.</summary>
    public bool TryFind(ulong address, out KernelSymbol symbol, out ulong offset)
    {
        KernelSymbolTable table = Table;
        int index = table.FindAddress(address, out offset);
        // Code of BPF programs comes and goes at the same addresses: a hit there is believed only if no program was loaded since.
        bool doubtful = index < 0 ? address > long.MaxValue : table.Module(index) == "bpf" && HasNewProgram();
        if (doubtful && !table.AreHidden && (index < 0 ? RefreshedFrom(table) : Load()) is { } fresh)
        {
            table = fresh;
            index = table.FindAddress(address, out offset);
        }

        symbol = index >= 0 ? table[index] : default;
        return index >= 0;
    }

    /// <summary>
    /// The name of what an address of the kernel belongs to. As <see cref="TryFind"/>, but the kernel is asked for it where it can be (5.13): the list of
    /// its symbols, some five megabytes that it takes 50 ms to write, is read only if it cannot.
    /// </summary>
    /// <param name="address">An address of the kernel.</param>
    /// <param name="name">The symbol's name.</param>
    /// <param name="module">The module that it belongs to, <c>bpf</c> for BPF programs; null for the kernel itself.</param>
    /// <param name="offset">How far into it the address is.</param>
    public bool TryName(ulong address, out string name, out string? module, out ulong offset)
    {
        if (_table is null && _query.Value is { } query) return query.TryFind(address, out name, out module, out offset);
        bool found = TryFind(address, out KernelSymbol symbol, out offset);
        (name, module) = found ? (symbol.Name, symbol.Module) : ("", null);
        return found;
    }

    /// <summary>Names that are near to one that does not exist, the nearest first; for messages.</summary>
    public ImmutableArray<string> Nearest(string name) => NearestTo(name).Names;

    /// <summary>What to tell about a name that is not there.</summary>
    public Diagnostic NotFound(string name, string? module = null)
    {
        string where = module is null ? "the kernel" : $"module '{module}'";
        List<string> notes = [];
        string[] clones = [.. Match($"{name}.*").Select(symbol => symbol.Name).Distinct().Take(3)];
        if (clones.Length > 0) notes.Add("note: the compiler kept only changed copies of it: " + string.Join(", ", clones));
        else if (module is not null && Find(name) is [var elsewhere, ..]) notes.Add($"note: there is one in {(elsewhere.Module is null ? "the kernel itself" : $"module '{elsewhere.Module}'")}");
        else notes.AddRange(NearestTo(name).Notes);
        return Diagnostic.Error(SymbolCodes.KernelSymbol, $"{where} has no symbol '{name}' among {Count}", [.. notes]);
    }

    /// <summary>Throws if the kernel hides its addresses, and says why it does.</summary>
    /// <exception cref="KernelException">NEC4406.</exception>
    public void ThrowIfHidden()
    {
        if (!AreAddressesHidden) return;
        string setting = ReadSetting("/proc/sys/kernel/kptr_restrict");
        // kernel/kallsyms.c, kallsyms_show_value(): 2 hides them from everyone, 1 from those without CAP_SYSLOG, 0 unless perf is open to all
        string help = setting == "2" ? "help: as root: sysctl kernel.kptr_restrict=1" : "help: run with CAP_SYSLOG (as root), or as root: sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1";
        throw new KernelException(
            Diagnostic.Error(SymbolCodes.Hidden, $"the kernel shows zeros for the addresses of its {Count} symbols (kernel.kptr_restrict is {setting})", help), Errno.EPERM, "read(/proc/kallsyms)", "kallsyms");
    }

    private static string ReadSetting(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    private NearestNames NearestTo(string name)
    {
        NearestNames nearest = new(name);
        KernelSymbolTable table = Table;
        for (int i = 0; i < table.Count; i++) nearest.Offer(table.NameBytes(i));
        return nearest;
    }

    private KernelSymbolTable Load()
    {
        lock (_loading)
        {
            // before reading, so that a program that is loaded meanwhile counts as newer
            uint newest = _path == DefaultPath ? NewestProgram(_newestProgram) : 0;
            try
            {
                using FileStream stream = new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
                _table = new KernelSymbolTable(KallsymsParser.Read(stream));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new KernelException(Diagnostic.Error(SymbolCodes.File, $"'{_path}': read it: {e.Message}"), Errno.ENOENT, "open", _path);
            }

            _newestProgram = newest;
            Volatile.Write(ref _loadedAt, Stopwatch.GetTimestamp());
            _loads++;
            return _table;
        }
    }

    /// <summary>A fresh list, if the one that failed is older than a second or someone loaded another meanwhile; else null.</summary>
    private KernelSymbolTable? RefreshedFrom(KernelSymbolTable failed)
    {
        KernelSymbolTable now = Table;
        if (!ReferenceEquals(now, failed)) return now;
        return Stopwatch.GetElapsedTime(Volatile.Read(ref _loadedAt)) > TimeSpan.FromSeconds(1) || HasNewProgram() ? Load() : null;
    }

    private bool HasNewProgram() => _path == DefaultPath && NewestProgram(_newestProgram) != _newestProgram;

    /// <summary>The highest id of a program, going on from a known one: ids only grow, so that mostly one call finds that there is no newer.</summary>
    private static uint NewestProgram(uint known)
    {
        while (true)
        {
            ObjectIdAttributes attributes = new() { Id = known };
            if (BpfSyscall.Try(BpfCommand.ProgGetNextId, ref attributes) != Errno.None) return known;
            known = attributes.NextId;
        }
    }
}
