// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Pins;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>Creates or opens an object's maps and gives them their first contents.</summary>
internal sealed class MapLoader(KernelObject target)
{
    // Types whose creation refuses descriptions of key and value.
    private static readonly HashSet<MapType> s_untyped =
    [
        MapType.PerfEventArray, MapType.CgroupArray, MapType.StackTrace, MapType.ArrayOfMaps, MapType.HashOfMaps, MapType.DevMap, MapType.DevMapHash,
        MapType.CpuMap, MapType.XskMap, MapType.SockMap, MapType.SockHash, MapType.Queue, MapType.Stack, MapType.Arena, MapType.RingBuf, MapType.UserRingBuf,
        MapType.ProgArray, MapType.BloomFilter, MapType.ReuseportSockArray, MapType.StructOps,
    ];

    private readonly BpfObject _source = target.Source;

    internal void CreateAll()
    {
        foreach (MapDefinition definition in _source.Maps)
        {
            if (definition.Role == MapRole.StructOps) continue;
            KernelMap map = Open(definition) ?? Create(definition);
            target.Maps.Add(map);
            if (definition.Type == MapType.Arena) target.ArenaMemory.Add(definition.Name, map.MapArena());
        }

        foreach (MapDefinition definition in _source.Maps)
        {
            if (definition.InitialSlots.Count == 0 || definition.Type == MapType.ProgArray || definition.Role == MapRole.StructOps) continue;
            foreach ((uint index, string symbol) in definition.InitialSlots) FillSlot(definition, index, target.Maps.TryGet(symbol, out KernelMap? inner) ? inner.Handle : null, symbol);
        }
    }

    /// <summary>Puts loaded programs into prog arrays; programs that were left out leave their slots empty.</summary>
    internal void FillProgramSlots()
    {
        foreach (MapDefinition definition in _source.Maps)
        {
            if (definition.Type != MapType.ProgArray) continue;
            foreach ((uint index, string symbol) in definition.InitialSlots)
            {
                if (target.Programs.TryGet(symbol, out Programs.KernelProgram? program)) FillSlot(definition, index, program.Handle, symbol);
            }
        }
    }

    private void FillSlot(MapDefinition definition, uint index, KernelHandle? value, string symbol)
    {
        int fd = value?.Fd ?? throw new LoadException(Diagnostic.Error(LinuxCodes.Object, $"map '{definition.Name}': element {index} is to be '{symbol}', which the object does not have"));
        Errno errno = target.Maps[definition.Name].Update(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in index)), MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in fd)));
        GC.KeepAlive(value);
        if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Map, $"map '{definition.Name}'", $"set element {index} to '{symbol}'", "bpf(BPF_MAP_UPDATE_ELEM)", errno);
    }

    /// <summary>A map that is there already: given by the caller, or pinned under its name.</summary>
    private KernelMap? Open(MapDefinition definition)
    {
        if (target.Options.ReusedMaps.TryGetValue(definition.Name, out KernelMap? given))
        {
            MapReuse.Check(definition, given);
            KernelMap shared = new(definition, given.Handle.Duplicate());
            return shared;
        }

        if (PinPath(definition) is not { } path || !File.Exists(path)) return null;
        KernelMap pinned = KernelMap.OpenPinned(path);
        try
        {
            MapReuse.Check(definition, pinned);
            return new KernelMap(definition, pinned.Handle.Duplicate());
        }
        finally
        {
            pinned.Dispose();
        }
    }

    private KernelMap Create(MapDefinition definition)
    {
        KernelMap? template = null;
        try
        {
            if (definition.Inner is { } inner) template = KernelMap.Create(inner, Options(inner, null));
            KernelMap map = KernelMap.Create(definition, Options(definition, template?.Handle));
            try
            {
                SetContents(map, definition);
                if (PinPath(definition) is { } path) map.Pin(path); // last: whoever finds the pin finds a map with its contents
                return map;
            }
            catch
            {
                map.Dispose();
                throw;
            }
        }
        finally
        {
            template?.Dispose();
        }
    }

    private KernelMapOptions Options(MapDefinition definition, KernelHandle? inner) => new()
    {
        Types = s_untyped.Contains(definition.Type) || (definition.KeyTypeId | definition.ValueTypeId) == 0 ? null : target.Types,
        KeyTypeId = definition.KeyTypeId,
        ValueTypeId = definition.ValueTypeId,
        InnerMap = inner,
        KernelName = definition.Role == MapRole.Declared ? null : KernelNames.OfDataSection(_source.Name, definition.Name),
    };

    /// <summary>Data sections get their bytes; constants are then closed to everybody before a program can rely on them.</summary>
    private void SetContents(KernelMap map, MapDefinition definition)
    {
        byte[]? bytes = definition.Role == MapRole.Kconfig ? KconfigValues.Make(_source, definition, target.Options.KernelConfig) : definition.InitialValue;
        if (definition.Role is MapRole.Declared or MapRole.StructOps || definition.Type == MapType.Arena) return;
        if (bytes is not null && bytes.AsSpan().ContainsAnyExcept((byte)0))
        {
            uint first = 0;
            Errno errno = map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in first)), bytes);
            if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Map, $"map '{definition.Name}'", "set its first contents", "bpf(BPF_MAP_UPDATE_ELEM)", errno);
        }

        if (definition.Role is not (MapRole.ReadOnlyData or MapRole.Kconfig)) return;
        Errno frozen = map.Freeze();
        if (frozen != Errno.None) throw Refusal.Make(LinuxCodes.Map, $"map '{definition.Name}'", "freeze", "bpf(BPF_MAP_FREEZE)", frozen);
    }

    private string? PinPath(MapDefinition definition) => target.Options.MapPins.TryGetValue(definition.Name, out string? path) ? path
        : definition.Pinning == PinningType.ByName ? Path.Combine(target.Options.PinDirectory, definition.Name) : null;
}
