// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Processes;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Gives each place of a probe the slot of its argument spec; places whose arguments are alike share one.</summary>
internal sealed class UsdtSpecs(KernelProgram program, UsdtSpecTable? table, UsdtOptions options, string target)
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly List<long> _addresses = [];
    private readonly SortedSet<string> _notes = new(StringComparer.Ordinal);
    private readonly bool _hasCookies = table is null || KernelFeatures.Has(Feature.BpfCookie);

    internal int[] Slots => [.. _slots.Values];

    internal long[] Addresses => [.. _addresses];

    internal ImmutableArray<string> Notes => [.. _notes];

    /// <summary>What the place's uprobe gets as cookie.</summary>
    internal ulong CookieFor(UsdtNote note, string path)
    {
        if (table is null) return options.Cookie;
        if (!_slots.TryGetValue(note.ArgumentText, out int slot)) _slots.Add(note.ArgumentText, slot = table.Add(Write(note)));
        if (_hasCookies) return (ulong)slot;
        long address = AddressOf(note, path);
        table.AddAddress(address, slot);
        _addresses.Add(address);
        return 0;
    }

    /// <summary>Gives back what was taken, when attaching failed.</summary>
    internal void Undo()
    {
        foreach (long address in _addresses) table?.RemoveAddress(address);
        table?.Free(Slots);
    }

    private byte[] Write(UsdtNote note)
    {
        if (!note.TryParseArguments(out ImmutableArray<UsdtArgument> arguments, out Diagnostic? problem)) throw new ObjectFormatException(problem);
        if (arguments.Length > UsdtSpecLayout.MaxArguments) throw Wrong($"it has {arguments.Length} arguments, programs can read {UsdtSpecLayout.MaxArguments}");
        List<int> unreadable = [];
        byte[] spec = table!.Layout.Write(arguments.AsSpan(), options.Cookie, unreadable);
        foreach (int index in unreadable)
        {
            string words = $"argument {index} of '{note.ArgumentText}' cannot be read in the kernel";
            if (!options.AllowUnreadable) throw Wrong(words, "note: it is in a vector register, in thread-local data, at a variable, or indexed, which older usdt.bpf.h does not know", "help: if the program does not need it, attach with AllowUnreadable");
            _notes.Add(words);
        }

        return spec;
    }

    /// <summary>Where the place is in the process's memory; for files that are loaded anywhere this needs the process.</summary>
    private long AddressOf(UsdtNote note, string path)
    {
        using ElfImage image = ElfImage.Open(path);
        if (!image.IsPositionIndependent) return (long)note.Address;
        if (options.ProcessId is not { } process) throw Wrong("kernels without cookies (before 5.15) need to know the process for a library or position-independent program");
        foreach (MappedRegion region in ProcessMaps.Read(process).Regions)
        {
            if (region.IsExecutable && path.EndsWith(region.Path, StringComparison.Ordinal) && note.FileOffset >= region.Offset && note.FileOffset - region.Offset < region.End - region.Start)
            {
                return (long)(region.Start + (note.FileOffset - region.Offset));
            }
        }

        throw Wrong($"process {process} has not mapped the place");
    }

    private KernelException Wrong(string why, params ReadOnlySpan<string> notes) =>
        new(Diagnostic.Error(TracingCodes.Usdt, $"program '{program.Name}': attach it to {target}: {why}", notes), Errno.None, "perf_event_open", target);
}
