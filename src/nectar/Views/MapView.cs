// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;

namespace Nectar.Cli.Views;

/// <summary>A map in a listing.</summary>
internal static class MapView
{
    internal static void WriteText(MapInfo info, Context context, TextWriter output)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        text.Write($"{info.Id}: {KindNames.Of(info.Type)}");
        if (info.Name.Length > 0) text.Write($"  name {info.Name}");
        text.Write($"  flags 0x{(uint)info.Flags:x}");
        if (info.InterfaceIndex != 0) text.Write($" offloaded_to {Interfaces.NameOf(info.InterfaceIndex)}");
        text.Write($"\n\tkey {info.KeySize}B  value {info.ValueSize}B  max_entries {info.MaxEntries}");
        if (info.MemoryLock > 0) text.Write($"  memlock {info.MemoryLock}B");
        if (info.MapExtra != 0) text.Write($"  map_extra 0x{info.MapExtra:x}");
        if (info.OwnerProgramType is { } owner) text.Write($"\n\towner_prog_type {KindNames.Of((ProgramType)owner)}  owner {(info.IsOwnerJited ? "" : "not ")}jited");
        if (info.BtfId != 0) text.Write($"\n\tbtf_id {info.BtfId}");
        if (info.IsFrozen) text.Write($"{(info.BtfId != 0 ? "  " : "\n\t")}frozen");
        context.WriteText(KernelObjectKind.Map, info.Id, text);
        output.WriteLine(text);
    }

    internal static void WriteJson(MapInfo info, Context context, Utf8JsonWriter json)
    {
        json.WriteNumber("id", info.Id);
        json.WriteString("type", KindNames.Of(info.Type));
        if (info.Name.Length > 0) json.WriteString("name", info.Name);
        json.WriteNumber("flags", (uint)info.Flags);
        if (info.InterfaceIndex != 0) json.WriteNumber("ifindex", info.InterfaceIndex);
        json.WriteNumber("bytes_key", info.KeySize);
        json.WriteNumber("bytes_value", info.ValueSize);
        json.WriteNumber("max_entries", info.MaxEntries);
        if (info.MapExtra != 0) json.WriteNumber("map_extra", info.MapExtra);
        if (info.MemoryLock > 0) json.WriteNumber("bytes_memlock", info.MemoryLock);
        if (info.OwnerProgramType is { } owner)
        {
            json.WriteString("owner_prog_type", KindNames.Of((ProgramType)owner));
            json.WriteBoolean("owner_jited", info.IsOwnerJited);
        }

        json.WriteNumber("frozen", info.IsFrozen ? 1 : 0);
        if (info.BtfId != 0) json.WriteNumber("btf_id", info.BtfId);
        context.WriteJson(KernelObjectKind.Map, info.Id, json);
    }
}
