// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Views;

/// <summary>A BTF object in a listing, with the programs and maps that use it.</summary>
internal static class TypesView
{
    internal static void WriteText(KernelTypes types, TypesUsers users, Context context, TextWriter output)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        text.Write($"{types.Id}: name {(types.IsKernel ? $"[{types.Name}]" : types.Name.Length > 0 ? types.Name : "<anon>")}  size {types.Size}B");
        if (users.Programs(types.Id) is { Count: > 0 } programs) text.Write("  prog_ids " + string.Join(",", programs));
        if (users.Maps(types.Id) is { Count: > 0 } maps) text.Write("  map_ids " + string.Join(",", maps));
        context.WriteText(KernelObjectKind.Types, types.Id, text);
        output.WriteLine(text);
    }

    internal static void WriteJson(KernelTypes types, TypesUsers users, Context context, Utf8JsonWriter json)
    {
        json.WriteNumber("id", types.Id);
        json.WriteNumber("size", types.Size);
        WriteIds(json, "prog_ids", users.Programs(types.Id));
        WriteIds(json, "map_ids", users.Maps(types.Id));
        json.WriteBoolean("kernel", types.IsKernel);
        if (types.Name.Length > 0) json.WriteString("name", types.Name);
        context.WriteJson(KernelObjectKind.Types, types.Id, json);
    }

    private static void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<uint> ids)
    {
        json.WriteStartArray(name);
        foreach (uint id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }
}
