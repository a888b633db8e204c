// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using System.Text.Json;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Capture.Replay;

namespace Nectar.Cli;

/// <summary>What <c>nectar run</c> says at the end, for people or as JSON.</summary>
internal sealed class RunReport(VmObject loaded, VmProgram program, Events events, int limit)
{
    /// <summary>The result of a replay.</summary>
    internal ReplayResult? Replay { get; init; }

    /// <summary>The capture's name.</summary>
    internal string? CaptureName { get; init; }

    /// <summary>The result of a single run.</summary>
    internal RunResult? Single { get; init; }

    private MapReport Maps => new(loaded.Maps, loaded.Source.Types, limit);

    private bool IsMachineCode => !program.MachineCode.IsEmpty;

    private string Regime => program.Regime.ToString().ToLowerInvariant();

    internal void WriteText(TextWriter output)
    {
        string engine = $"{(IsMachineCode ? "machine code" : "interpreter")}, {Regime}";
        if (Replay is { } replay)
        {
            output.WriteLine(Format($"{program.Name} over {CaptureName}: {replay.Packets:N0} packets, {replay.Bytes:N0} bytes ({engine})"));
            output.WriteLine();
            foreach ((uint value, long count) in replay.Verdicts)
                output.WriteLine(Format($"  {Verdicts.NameOf(program.Definition.Type, value),-20} {count,12:N0}  {100.0 * count / Math.Max(1, replay.Runs),5:F1} %"));
            if (replay.Faults > 0) output.WriteLine(Format($"  {"(fault)",-20} {replay.Faults,12:N0}  {100.0 * replay.Faults / replay.Runs,5:F1} %"));
            output.WriteLine();
            output.WriteLine(Format($"  {(double)replay.ElapsedNs / Math.Max(1, replay.Runs):F1} ns per packet"));
        }

        if (Single is { } single)
        {
            output.WriteLine(Format($"{program.Name} returned {Verdicts.NameOf(program.Definition.Type, single.ReturnValue)} (r0 = 0x{single.Value:x}) ({engine})"));
            if (single.Packet.Length > 0) WriteHex(output, single.Packet);
        }

        WriteEvents(output);
        Maps.WriteText(output);
    }

    internal void WriteJson(Stream stream)
    {
        using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("program", program.Name);
        json.WriteString("type", program.Definition.Type.ToString());
        json.WriteString("engine", IsMachineCode ? "jit" : "interpreter");
        json.WriteString("regime", Regime);
        if (Replay is { } replay)
        {
            json.WriteNumber("packets", replay.Packets);
            json.WriteNumber("bytes", replay.Bytes);
            json.WriteNumber("runs", replay.Runs);
            json.WriteNumber("kept", replay.Kept);
            json.WriteNumber("faults", replay.Faults);
            json.WriteNumber("ns_per_run", Math.Round((double)replay.ElapsedNs / Math.Max(1, replay.Runs), 2));
            json.WriteStartArray("verdicts");
            foreach ((uint value, long count) in replay.Verdicts)
            {
                json.WriteStartObject();
                json.WriteNumber("value", value);
                json.WriteString("name", Verdicts.NameOf(program.Definition.Type, value));
                json.WriteNumber("count", count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (Single is { } single)
        {
            json.WriteNumber("return_value", single.Value);
            json.WriteString("memory", Convert.ToHexStringLower(single.Packet));
        }

        json.WriteStartObject("events");
        foreach (Events.Source source in events.Sources)
        {
            json.WriteStartObject(source.Map.Name);
            json.WriteNumber("count", source.Count);
            json.WriteNumber("lost", source.Reader.Lost);
            json.WriteStartArray("records");
            foreach (byte[] record in source.Records) BtfValueFormatter.WriteJson(loaded.Source.Types, source.TypeId, record, json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        Maps.WriteJson(json);
        json.WriteEndObject();
        json.Flush();
        stream.WriteByte((byte)'\n');
    }

    private void WriteEvents(TextWriter output)
    {
        foreach (Events.Source source in events.Sources)
        {
            output.WriteLine();
            output.WriteLine(Format($"events of '{source.Map.Name}': {source.Count:N0}, {(source.Reader.Lost == 0 ? "none" : source.Reader.Lost.ToString("N0", CultureInfo.InvariantCulture))} lost"));
            foreach (byte[] record in source.Records) output.WriteLine("  " + BtfValueFormatter.ToText(loaded.Source.Types, source.TypeId, record));
            if (source.Count > source.Records.Count) output.WriteLine(Format($"  … {source.Count - source.Records.Count:N0} more (--limit)"));
        }
    }

    private static void WriteHex(TextWriter output, byte[] bytes)
    {
        StringBuilder line = new();
        for (int at = 0; at < bytes.Length; at += 16)
        {
            ReadOnlySpan<byte> row = bytes.AsSpan(at, Math.Min(16, bytes.Length - at));
            line.Clear().Append(CultureInfo.InvariantCulture, $"  {at:x4}  ");
            for (int i = 0; i < 16; i++) line.Append(i < row.Length ? row[i].ToString("x2", CultureInfo.InvariantCulture) : "  ").Append(i == 7 ? "  " : " ");
            line.Append(' ');
            foreach (byte c in row) line.Append(c is >= 32 and < 127 ? (char)c : '.');
            output.WriteLine(line);
        }
    }

    private static string Format(FormattableString text) => FormattableString.Invariant(text);
}
