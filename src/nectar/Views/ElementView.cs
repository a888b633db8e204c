// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using System.Text.Json;
using Nectar.Bpf.Btf;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Views;

/// <summary>Elements of maps: by their types as JSON, as bpftool shows them, or as bytes.</summary>
internal sealed class ElementView(MapElements elements)
{
    /// <summary>Writes elements in the form for people.</summary>
    internal void WriteText(IEnumerable<MapElement> items, TextWriter output)
    {
        long count = 0;
        if (elements.IsTyped)
        {
            bool isFirst = true;
            foreach (MapElement item in items)
            {
                output.Write(isFirst ? "[" : ",");
                isFirst = false;
                output.Write(Formatted(item, indented: true));
            }

            output.WriteLine(isFirst ? "[]" : "]");
            return;
        }

        foreach (MapElement item in items)
        {
            WriteBytes(item, output);
            if (item.Errno == Bpf.Maps.Errno.None) count++;
        }

        output.WriteLine(FormattableString.Invariant($"Found {count} element{(count == 1 ? "" : "s")}"));
    }

    /// <summary>Writes one element in the form for people.</summary>
    internal void WriteText(MapElement item, TextWriter output)
    {
        if (elements.IsTyped && item.Errno == Bpf.Maps.Errno.None) output.WriteLine(Formatted(item, indented: true));
        else WriteBytes(item, output);
    }

    /// <summary>Writes the members of an element's object: its bytes, and the formatted value if it has types.</summary>
    internal void WriteJson(MapElement item, Utf8JsonWriter json)
    {
        TranslatedView.WriteBytes(json, "key", item.Key);
        if (item.Errno != Bpf.Maps.Errno.None)
        {
            json.WriteStartObject("value");
            json.WriteString("error", item.Errno.ToString());
            json.WriteEndObject();
            return;
        }

        if (elements.IsPerCpu) WriteCpus(json, item, part => TranslatedView.WriteBytes(json, "value", part));
        else TranslatedView.WriteBytes(json, "value", item.Values[0]);
        if (!elements.IsTyped) return;
        json.WriteStartObject("formatted");
        WriteTyped(item, json);
        json.WriteEndObject();
    }

    private void WriteTyped(MapElement item, Utf8JsonWriter json)
    {
        if (item.Key.Length > 0)
        {
            json.WritePropertyName("key");
            BtfValueFormatter.WriteJson(elements.Types, elements.KeyTypeId, item.Key, json);
        }

        if (item.Errno != Bpf.Maps.Errno.None)
        {
            json.WriteString("error", item.Errno.ToString());
            return;
        }

        if (elements.IsPerCpu)
        {
            WriteCpus(json, item, part =>
            {
                json.WritePropertyName("value");
                BtfValueFormatter.WriteJson(elements.Types, elements.ValueTypeId, part, json);
            });
        }
        else
        {
            json.WritePropertyName("value");
            BtfValueFormatter.WriteJson(elements.Types, elements.ValueTypeId, item.Values[0], json);
        }
    }

    private static void WriteCpus(Utf8JsonWriter json, MapElement item, Action<byte[]> write)
    {
        json.WriteStartArray("values");
        for (int cpu = 0; cpu < item.Values.Length; cpu++)
        {
            json.WriteStartObject();
            json.WriteNumber("cpu", cpu);
            write(item.Values[cpu]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private string Formatted(MapElement item, bool indented)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = indented, IndentSize = 4, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteTyped(item, json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void WriteBytes(MapElement item, TextWriter output)
    {
        if (item.Errno != Bpf.Maps.Errno.None)
        {
            output.WriteLine($"key: {Hex(item.Key)}  value: <{(item.Errno == Bpf.Maps.Errno.ENOENT ? "no entry" : item.Errno.ToString())}>");
        }
        else if (elements.IsPerCpu)
        {
            output.WriteLine($"key:\n{Hex(item.Key)}");
            for (int cpu = 0; cpu < item.Values.Length; cpu++) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"value (CPU {cpu:D2}): {Hex(item.Values[cpu])}"));
        }
        else
        {
            bool isShort = item.Key.Length + item.Values[0].Length <= 24;
            string key = item.Key.Length > 0 ? $"key:{(isShort ? " " : "\n")}{Hex(item.Key)}{(isShort ? "  " : "\n")}" : "";
            output.WriteLine($"{key}value:{(isShort ? " " : "\n")}{Hex(item.Values[0])}");
        }
    }

    internal static string Hex(byte[] bytes)
    {
        StringBuilder text = new();
        for (int i = 0; i < bytes.Length; i++) text.Append(i == 0 ? "" : i % 16 == 0 ? "\n" : i % 8 == 0 ? "  " : " ").Append(bytes[i].ToString("x2", CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
