// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Cli;

/// <summary>What an object's maps hold at the end of a run, by their types.</summary>
internal sealed class MapReport(IEnumerable<BpfMap> maps, BtfTypes? types, int limit)
{
    internal void WriteText(TextWriter output)
    {
        foreach (BpfMap map in maps)
        {
            if (!MapContents.IsShown(map.Definition)) continue;
            (List<MapContents.Element> elements, long count) = MapContents.Read(map, limit);
            output.WriteLine();
            string what = map.Definition.Type is MapType.Array or MapType.PerCpuArray ? "elements that are not zero" : "elements";
            output.WriteLine(FormattableString.Invariant($"map '{map.Name}' ({map.Definition.Type}): {count:N0} {what}"));
            foreach (MapContents.Element element in elements)
            {
                string key = map.Definition.KeyTypeId == 0 && element.Key.Length == 4 ? BitConverter.ToUInt32(element.Key).ToString(CultureInfo.InvariantCulture) : BtfValueFormatter.ToText(types, map.Definition.KeyTypeId, element.Key);
                string values = string.Join("  ", element.Values.Select((value, cpu) => (element.Values.Length > 1 ? $"cpu{cpu}: " : "") + Value(types, map.Definition.ValueTypeId, value)));
                output.WriteLine($"  {key}: {values}");
            }

            if (count > elements.Count) output.WriteLine(FormattableString.Invariant($"  … {count - elements.Count:N0} more (--limit)"));
        }
    }

    internal void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject("maps");
        foreach (BpfMap map in maps)
        {
            if (!MapContents.IsShown(map.Definition)) continue;
            json.WriteStartArray(map.Name);
            foreach (MapContents.Element element in MapContents.Read(map, limit).Elements)
            {
                json.WriteStartObject();
                json.WritePropertyName("key");
                BtfValueFormatter.WriteJson(types, map.Definition.KeyTypeId, element.Key, json);
                json.WritePropertyName(element.Values.Length > 1 ? "values" : "value");
                if (element.Values.Length > 1) json.WriteStartArray();
                foreach (byte[] value in element.Values) BtfValueFormatter.WriteJson(types, map.Definition.ValueTypeId, value, json);
                if (element.Values.Length > 1) json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>A value without a type is a number if it has the size of one.</summary>
    private static string Value(BtfTypes? types, uint typeId, byte[] value) => typeId != 0 || value.Length is not (4 or 8)
        ? BtfValueFormatter.ToText(types, typeId, value)
        : (value.Length == 4 ? BitConverter.ToUInt32(value) : BitConverter.ToUInt64(value)).ToString(CultureInfo.InvariantCulture);
}
