// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Kernel;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>
/// Names the addresses of processes: functions of programs and libraries with their debug files, of JITs through <c>perf-PID.map</c>, of
/// the vdso; C++ and Rust names demangled. Works across mount and process-number namespaces, and for files that were deleted or replaced
/// since they were mapped. Thread-safe; memory is bounded.
/// </summary>
public sealed class ProcessSymbolizer
{
    private readonly BoundedCache<FileIdentity, ModuleSymbols> _modules;
    private readonly BoundedCache<int, ProcessState> _processes;

    /// <summary>Makes one with caches of its own.</summary>
    /// <param name="maxBytes">What symbols of files may take; lists of processes and their JITs may take a quarter of it more.</param>
    public ProcessSymbolizer(long maxBytes = 256 << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        _modules = new BoundedCache<FileIdentity, ModuleSymbols>(maxBytes, static module => module.Bytes);
        _processes = new BoundedCache<int, ProcessState>(Math.Max(1, maxBytes / 4), static process => process.Bytes);
    }

    /// <summary>What the cache of files' symbols did and holds.</summary>
    public CacheStatistics ModuleCache => _modules.Statistics;

    /// <summary>What the cache of processes did and holds.</summary>
    public CacheStatistics ProcessCache => _processes.Statistics;

    /// <summary>Reads a process's maps now, so that its addresses keep their names when it ends before they are asked for.</summary>
    public void Remember(int processId)
    {
        _ = CheckedStateOf(processId).Perf;
        _processes.Resized(processId);
    }

    /// <summary>What is known about an address of a process. Never throws: of a process that is gone nothing may be known.</summary>
    /// <param name="processId">The process, as this process sees it.</param>
    /// <param name="address">An address of user space.</param>
    public SymbolizedAddress Symbolize(int processId, ulong address) => Symbolize(CheckedStateOf(processId), processId, address);

    /// <summary>What is known about the addresses of a stack; of callers, where the call returns to.</summary>
    internal SymbolizedAddress[] SymbolizeStack(int processId, ReadOnlySpan<ulong> addresses)
    {
        ProcessState state = CheckedStateOf(processId);
        SymbolizedAddress[] frames = new SymbolizedAddress[addresses.Length];
        for (int i = 0; i < frames.Length; i++) frames[i] = i == 0 ? Symbolize(state, processId, addresses[i]) : Symbolize(state, processId, addresses[i] - 1).AsCaller();
        return frames;
    }

    /// <summary>Where in the source the code at an address of a process comes from, by the file's debug information; null if that is not known.</summary>
    /// <param name="processId">The process, as this process sees it.</param>
    /// <param name="address">An address of user space; of a caller, a byte before where the call returns to.</param>
    public DwarfPlace? FindPlace(int processId, ulong address)
    {
        ProcessState state = StateOf(processId);
        if (state.Maps is not { } maps || !maps.TryFind(address, out MappedRegion region) || !region.IsFile) return null;
        MappedFile file = state.FileOf(region);
        return ModuleOf(state, region) is { } module ? FindPlace(file.Identity, module, module.ToAddress(address - region.Start + region.Offset)) : null;
    }

    /// <summary>What is known about an address of a file that may be mapped nowhere.</summary>
    /// <param name="path">The file.</param>
    /// <param name="address">As the file is linked.</param>
    public (SymbolizedAddress Symbol, DwarfPlace? Place) SymbolizeFile(string path, ulong address)
    {
        if (!FileIdentity.TryOf(path, out FileIdentity identity, out bool isRegular) || !isRegular) return (new SymbolizedAddress(address, null, null, 0, null, 0), null);
        ModuleSymbols module = _modules.GetOrLoad(identity, path, static (_, from) => ModuleSymbols.Load(from, ""));
        NamedSymbol? symbol = module.Find(address, out ulong offset);
        return (new SymbolizedAddress(address, symbol?.Name, symbol?.Shown, offset, path, address), FindPlace(identity, module, address));
    }

    private DwarfPlace? FindPlace(FileIdentity identity, ModuleSymbols module, ulong address)
    {
        long before = module.Bytes;
        DwarfPlace? place = module.Debug?.FindPlace(address);
        if (module.Bytes != before) _modules.Resized(identity);
        return place;
    }

    /// <summary>The file with a build id among those that a process, or any process whose addresses were asked for, has mapped.</summary>
    internal (ModuleSymbols Module, string Path)? FindByBuildId(ReadOnlySpan<byte> buildId, int? processId)
    {
        byte[] wanted = buildId.ToArray();
        IEnumerable<ProcessState> states = processId is { } id ? [StateOf(id)] : _processes.Values;
        foreach (ProcessState state in states)
        {
            foreach (MappedRegion region in state.Maps?.Regions ?? [])
            {
                if (!region.IsFile || !region.IsExecutable) continue;
                if (ModuleOf(state, region) is { } module && module.BuildId.AsSpan().SequenceEqual(wanted)) return (module, region.Path);
            }
        }

        return null;
    }

    /// <summary>What is known of a process.</summary>
    private ProcessState StateOf(int processId) => _processes.GetOrLoad(processId, 0, static (id, _) => new ProcessState(id));

    /// <summary>As <see cref="StateOf"/>, of the program that the process runs now. Asks the kernel: a few microseconds.</summary>
    private ProcessState CheckedStateOf(int processId)
    {
        if (!_processes.TryGet(processId, out ProcessState? known)) return StateOf(processId);
        if (!known.IsReplaced) return known;
        _processes.Remove(processId);
        return StateOf(processId);
    }

    private SymbolizedAddress Symbolize(ProcessState state, int processId, ulong address)
    {
        long before = state.Bytes;
        if (!TrySymbolize(state, processId, address, out SymbolizedAddress found) && state.TryRenew()) TrySymbolize(state, processId, address, out found);
        if (state.Bytes != before) _processes.Resized(processId);
        return found;
    }

    /// <summary>False if it is worth while to look again with fresh maps.</summary>
    private bool TrySymbolize(ProcessState state, int processId, ulong address, out SymbolizedAddress result)
    {
        ProcessMaps? maps = state.Maps;
        MappedRegion region = default;
        bool mapped = maps?.TryFind(address, out region) ?? false;
        ulong offset;
        if (mapped && region.IsFile)
        {
            ModuleSymbols? module = ModuleOf(state, region);
            ulong inFile = address - region.Start + region.Offset, linked = module?.ToAddress(inFile) ?? inFile;
            if (module?.Find(linked, out offset) is { } symbol)
            {
                result = new SymbolizedAddress(address, symbol.Name, symbol.Shown, offset, region.Path, linked);
                return true;
            }

            result = new SymbolizedAddress(address, null, null, 0, region.Path, linked);
            // code that was compiled ahead and is patched lies in mapped files too (.NET's images): the map may know it
            return TryPerf(state.Perf, address, ref result) || true;
        }

        result = new SymbolizedAddress(address, null, null, 0, mapped && region.Path.Length > 0 ? region.Path : null, mapped ? address - region.Start : 0);
        if (mapped && region.Path == "[vdso]")
        {
            if (VdsoOf(processId, region)?.Find(address - region.Start, out offset) is { } entry) result = new SymbolizedAddress(address, entry.Name, entry.Shown, offset, "[vdso]", address - region.Start);
            return true;
        }

        return TryPerf(state.Perf, address, ref result) || (mapped && !region.IsExecutable);
    }

    private static bool TryPerf(PerfMap perf, ulong address, ref SymbolizedAddress result)
    {
        int index = perf.Find(address, out ulong offset);
        if (index < 0) return false;
        string name = perf.Name(index);
        result = new SymbolizedAddress(address, name, name, offset, result.Module is { } file && file.StartsWith('/') ? file : "[jit]", 0);
        return true;
    }

    private ModuleSymbols? ModuleOf(ProcessState state, in MappedRegion region)
    {
        MappedFile file = state.FileOf(region);
        return file.Path is null ? null : _modules.GetOrLoad(file.Identity, (file.Path, state.Root), static (_, from) => ModuleSymbols.Load(from.Path, from.Root));
    }

    /// <summary>The kernel's code in every process: the same for all, read once from whom it is first seen in.</summary>
    private ModuleSymbols? VdsoOf(int processId, MappedRegion region)
    {
        if (region.End - region.Start > 1 << 20) return null;
        FileIdentity key = new(ulong.MaxValue, 0, (long)(region.End - region.Start), 0);
        if (_modules.TryGet(key, out ModuleSymbols? known)) return known;
        byte[] image = new byte[region.End - region.Start];
        try
        {
            using FileStream memory = new($"/proc/{processId}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            memory.Seek((long)region.Start, SeekOrigin.Begin);
            memory.ReadExactly(image);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return ElfImage.TryRead(image, "[vdso]", out ElfImage? elf, out _) ? _modules.GetOrLoad(key, elf, static (_, vdso) => ModuleSymbols.Load(vdso)) : null;
    }
}
