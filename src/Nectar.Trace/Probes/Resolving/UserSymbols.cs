// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Elf;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Functions of programs and libraries.</summary>
internal static class UserSymbols
{
    public const string UnsafeHelp = "note: Use --unsafe to force attachment. WARNING: This option could lead to data corruption in the target process.";

    private static readonly Dictionary<string, ElfSymbols> s_files = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, DwarfInfo?> s_debug = new(StringComparer.Ordinal);

    /// <summary>The symbols of a file, read once.</summary>
    public static ElfSymbols Read(string file)
    {
        lock (s_files)
        {
            if (!s_files.TryGetValue(file, out ElfSymbols? symbols)) s_files.Add(file, symbols = ElfSymbols.Load(file));
            return symbols;
        }
    }

    /// <summary>The functions that an attach point means.</summary>
    public static IEnumerable<ElfSymbol> Match(string file, ParsedPoint point)
    {
        ElfSymbols symbols;
        try
        {
            symbols = Read(file);
        }
        catch (ObjectFormatException)
        {
            return []; // no program: nothing in it has a name
        }

        if (point.Language.Length > 0) return symbols.MatchDemangled(point.Function).Where(IsFunction).OrderBy(symbol => symbol.Name, StringComparer.Ordinal);
        if (Wildcard.Is(point.Function))
        {
            return symbols.Match(point.Function).Where(symbol => IsFunction(symbol) && !symbol.Name.Contains(".part.", StringComparison.Ordinal))
                .DistinctBy(symbol => symbol.Name).OrderBy(symbol => symbol.Name, StringComparer.Ordinal);
        }

        // Of several versions of a name, callers that are linked today get the default one.
        ElfSymbol[] found = [.. symbols.Find(point.Function).Where(IsFunction)];
        if (found.Length > 1) found = [found.FirstOrDefault(symbol => symbol.IsDefaultVersion) is { Name: not null } usual ? usual : found[0]];
        return found;
    }

    /// <summary>The address of a source line; null after an error.</summary>
    public static ulong? FindLine(ProbeResolver resolver, ParsedPoint point)
    {
        if (DebugInfo(point.Target, resolver.Options) is not { } info)
        {
            resolver.Error($"No DWARF debug info found for '{point.Target}', cannot attach by source code location.");
            return null;
        }

        if (!info.TryFindAddress(point.SourceFile, point.Line, point.Column, out ulong? address)) resolver.Error($"No compilation unit matches {point.SourceFile}");
        else if (address is null) resolver.Error(string.Create(CultureInfo.InvariantCulture, $"Unable to map '{point.SourceFile}:{point.Line}{(point.Column > 0 ? $":{point.Column}" : "")}' to address"));
        return address;
    }

    /// <summary>The debug information of a file, read once; null if it has none.</summary>
    public static DwarfInfo? DebugInfo(string file, AttachOptions options)
    {
        lock (s_debug)
        {
            if (!s_debug.TryGetValue(file, out DwarfInfo? info)) s_debug.Add(file, info = DwarfInfo.TryLoad(file, options.DebugFolders, out DwarfInfo? read, out _) ? read : null);
            return info;
        }
    }

    public static bool IsFunction(ElfSymbol symbol) => symbol.Kind is ElfSymbolKind.Function or ElfSymbolKind.Indirect && symbol.FileOffset is not null;
}
