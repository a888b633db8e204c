// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Bpf.Isa;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Views;

/// <summary>A program's instructions after the verifier's changes.</summary>
internal static class TranslatedView
{
    internal static void WriteText(ProgramCode code, bool showOpcodes, bool showPlaces, TextWriter output)
    {
        foreach (TranslatedLine line in TranslatedListing.Lines(code))
        {
            if (line.Prototype is { } prototype) output.WriteLine($"{prototype}:");
            if (line.Line is { } source && source.Text.Length > 0)
                output.WriteLine($"; {source.Text.TrimStart()}{(showPlaces ? FormattableString.Invariant($" [file:{source.File} line_num:{source.Line} line_col:{source.Column}]") : "")}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Slot,4}: {line.Text}"));
            if (!showOpcodes) continue;
            output.Write("       ");
            for (int slot = line.Slot; slot < line.Slot + line.Slots; slot++) output.Write((slot > line.Slot ? " " : "") + string.Join(' ', Bytes(code.Translated[slot]).Select(b => b.ToString("x2", CultureInfo.InvariantCulture))));
            output.WriteLine();
        }
    }

    internal static void WriteJson(ProgramCode code, bool showOpcodes, bool showPlaces, Utf8JsonWriter json)
    {
        foreach (TranslatedLine line in TranslatedListing.Lines(code))
        {
            json.WriteStartObject();
            if (line.Prototype is { } prototype) json.WriteString("proto", prototype);
            if (line.Line is { } source && source.Text.Length > 0)
            {
                json.WriteString("src", source.Text.TrimStart());
                if (showPlaces)
                {
                    json.WriteString("file", source.File);
                    json.WriteNumber("line_num", source.Line);
                    json.WriteNumber("line_col", source.Column);
                }
            }

            json.WriteString("disasm", line.Text);
            if (showOpcodes) WriteOpcodes(code, line, json);
            json.WriteEndObject();
        }
    }

    private static void WriteOpcodes(ProgramCode code, TranslatedLine line, Utf8JsonWriter json)
    {
        byte[] bytes = [.. Bytes(code.Translated[line.Slot])];
        byte[] second = line.Slots == 2 ? [.. Bytes(code.Translated[line.Slot + 1])] : [];
        json.WriteStartObject("opcodes");
        json.WriteString("code", $"0x{bytes[0]:x2}");
        json.WriteString("src_reg", $"0x{bytes[1] >> 4:x}");
        json.WriteString("dst_reg", $"0x{bytes[1] & 15:x}");
        WriteBytes(json, "off", bytes.AsSpan(2, 2));
        WriteBytes(json, "imm", line.Slots == 2 ? [.. bytes[4..], .. second] : bytes.AsSpan(4));
        json.WriteEndObject();
    }

    internal static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        json.WriteStartArray(name);
        foreach (byte b in bytes) json.WriteStringValue($"0x{b:x2}");
        json.WriteEndArray();
    }

    private static byte[] Bytes(Instruction instruction) => BitConverter.GetBytes(instruction.ToUInt64());
}
