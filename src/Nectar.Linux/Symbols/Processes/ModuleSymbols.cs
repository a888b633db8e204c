// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>The symbols of a mapped file with what translates addresses, as the cache keeps them. Thread-safe.</summary>
internal sealed class ModuleSymbols
{
    private const int Names = 1024;

    /// <summary>Debug information beyond this is not read for source lines: what is looked at of it is kept in memory.</summary>
    private const long MaxDebugBytes = 128 << 20;

    private readonly ElfSymbols? _symbols;
    private readonly ElfSegment[] _segments;

    // The names that are asked for over and over, one a slot; a slot is a reference, so that readers see all of it or the one before.
    private readonly NamedSymbol?[] _names = new NamedSymbol?[Names];

    private readonly Lazy<DwarfInfo?> _debug;

    private ModuleSymbols(ElfSymbols? symbols, ElfSegment[] segments, byte[] buildId, Func<DwarfInfo?> debug)
    {
        (_symbols, _segments, BuildId) = (symbols, segments, buildId);
        _debug = new Lazy<DwarfInfo?>(debug);
    }

    internal byte[] BuildId { get; }

    internal long Bytes => (_symbols?.Bytes ?? 0) + (Names * 8) + 256 + (_debug.IsValueCreated ? _debug.Value?.Bytes ?? 0 : 0);

    /// <summary>What the debug information says; read when it is first asked for. Null if there is none, or too much.</summary>
    internal DwarfInfo? Debug => _debug.Value;

    internal int Count => _symbols?.Count ?? 0;

    /// <summary>Loads a file; what is no ELF file has no symbols.</summary>
    internal static ModuleSymbols Load(string path, string root)
    {
        if (!ElfImage.TryOpen(path, out ElfImage? image, out _)) return new ModuleSymbols(null, [], [], static () => null);
        using (image) return new ModuleSymbols(ElfSymbols.Load(image, root), [.. image.Segments], image.BuildId.ToArray(), () => LoadDebug(path, root));
    }

    internal static ModuleSymbols Load(ElfImage image) => new(ElfSymbols.Read(image), [.. image.Segments], image.BuildId.ToArray(), static () => null);

    /// <summary>The linked address of an offset in the file; the offset itself if no segment has it.</summary>
    internal ulong ToAddress(ulong fileOffset)
    {
        foreach (ElfSegment segment in _segments)
        {
            if (fileOffset >= segment.Offset && fileOffset - segment.Offset < segment.FileSize) return fileOffset - segment.Offset + segment.Address;
        }

        return fileOffset;
    }

    private static DwarfInfo? LoadDebug(string path, string root)
    {
        if (!ElfImage.TryOpen(path, out ElfImage? image, out _)) return null;
        using (image) return DwarfInfo.TryLoad(image, root, [], MaxDebugBytes, out DwarfInfo? info, out _) ? info : null;
    }

    internal NamedSymbol? Find(ulong address, out ulong offset)
    {
        offset = 0;
        if (_symbols is null || !_symbols.TryFindIndex(address, out int index, out offset)) return null;
        ref NamedSymbol? slot = ref _names[index % Names];
        if (slot is { } named && named.Index == index) return named;
        string name = ElfImage.Text(_symbols.NameBytes(index));
        return slot = new NamedSymbol(index, name, Demangler.Demangle(name));
    }
}

/// <summary>A symbol's name as the file has it, and as people read it.</summary>
internal sealed record NamedSymbol(int Index, string Name, string Shown);
