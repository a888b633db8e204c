// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Linux.Inspection;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Views;

/// <summary>A program in a listing.</summary>
internal static class ProgramView
{
    internal static void WriteText(ProgramInfo info, Context context, TextWriter output)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        text.Write($"{info.Id}: {KindNames.Of(info.Type)}");
        if (info.Name.Length > 0) text.Write($"  name {ProgramNames.Whole(info)}");
        text.Write($"  tag {info.Tag}");
        if (info.IsGplCompatible) text.Write("  gpl");
        if (info.RunCount > 0) text.Write($" run_time_ns {info.RunTimeNs} run_cnt {info.RunCount}");
        if (info.RecursionMisses > 0) text.Write($" recursion_misses {info.RecursionMisses}");
        if (info.InterfaceIndex != 0) text.Write($" offloaded_to {Interfaces.NameOf(info.InterfaceIndex)}");
        text.Write($"\n\tloaded_at {info.LoadedAt.ToLocalTime():yyyy-MM-dd'T'HH:mm:sszz}00  uid {info.UserId}");
        text.Write($"\n\txlated {info.TranslatedSize}B");
        text.Write(info.JitedSize > 0 ? $"  jited {info.JitedSize}B" : "  not jited");
        if (info.MemoryLock > 0) text.Write($"  memlock {info.MemoryLock}B");
        if (info.MapIds.Length > 0) text.Write("  map_ids " + string.Join(",", info.MapIds));
        if (info.VerifiedInstructions > 0) text.Write($"  verified {info.VerifiedInstructions}");
        if (info.BtfId != 0) text.Write($"\n\tbtf_id {info.BtfId}");
        if (info.AttachBtfId != 0) text.Write($"{(info.BtfId != 0 ? "  " : "\n\t")}attach_btf_obj_id {info.AttachBtfObjectId}  attach_btf_id {info.AttachBtfId}");
        context.WriteText(KernelObjectKind.Program, info.Id, text);
        output.WriteLine(text);
    }

    internal static void WriteJson(ProgramInfo info, Context context, Utf8JsonWriter json)
    {
        json.WriteNumber("id", info.Id);
        json.WriteString("type", KindNames.Of(info.Type));
        if (info.Name.Length > 0) json.WriteString("name", ProgramNames.Whole(info));
        json.WriteString("tag", info.Tag);
        json.WriteBoolean("gpl_compatible", info.IsGplCompatible);
        if (info.RunCount > 0 || info.RunTimeNs > 0)
        {
            json.WriteNumber("run_time_ns", info.RunTimeNs);
            json.WriteNumber("run_cnt", info.RunCount);
        }

        if (info.RecursionMisses > 0) json.WriteNumber("recursion_misses", info.RecursionMisses);
        if (info.InterfaceIndex != 0) json.WriteNumber("ifindex", info.InterfaceIndex);
        json.WriteNumber("loaded_at", info.LoadedAt.ToUnixTimeSeconds());
        json.WriteNumber("uid", info.UserId);
        json.WriteNumber("bytes_xlated", info.TranslatedSize);
        json.WriteBoolean("jited", info.JitedSize > 0);
        if (info.JitedSize > 0) json.WriteNumber("bytes_jited", info.JitedSize);
        if (info.MemoryLock > 0) json.WriteNumber("bytes_memlock", info.MemoryLock);
        if (info.MapIds.Length > 0)
        {
            json.WriteStartArray("map_ids");
            foreach (uint id in info.MapIds) json.WriteNumberValue(id);
            json.WriteEndArray();
        }

        if (info.VerifiedInstructions > 0) json.WriteNumber("verified_insns", info.VerifiedInstructions);
        if (info.BtfId != 0) json.WriteNumber("btf_id", info.BtfId);
        if (info.AttachBtfId != 0)
        {
            json.WriteNumber("attach_btf_obj_id", info.AttachBtfObjectId);
            json.WriteNumber("attach_btf_id", info.AttachBtfId);
        }

        context.WriteJson(KernelObjectKind.Program, info.Id, json);
    }
}
