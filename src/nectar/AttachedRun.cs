// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Maps;

namespace Nectar.Cli;

/// <summary>What <c>nectar run --attach</c> was asked for beside the object.</summary>
internal sealed record AttachedRunOptions
{
    internal required LiveOptions Live { get; init; }

    internal TimeSpan? Duration { get; init; }

    internal string? PinDirectory { get; init; }

    internal string? RecordType { get; init; }

    internal int Limit { get; init; }

    internal bool IsJson { get; init; }
}

/// <summary>An object in the kernel until Ctrl-C or for a while: events as they come, maps at the end.</summary>
internal sealed class AttachedRun(BpfObject source, AttachedRunOptions options, TextWriter output)
{
    private readonly Dictionary<KernelMap, uint> _types = [];
    private readonly Stream _json = options.IsJson ? Console.OpenStandardOutput() : Stream.Null;

    internal int Run()
    {
        using Waiting waiting = new(options.Duration);
        using LiveObject live = LiveObject.Start(source, options.Live);
        foreach (KernelMap map in live.Loaded.Maps) _types[map] = RecordTypes.Find(source.Types, map.Definition, options.RecordType);
        Announce(live);
        if (options.PinDirectory is { } directory)
        {
            live.Pin(directory);
            Tell(directory, "pinned", $"pinned in {directory}: it stays attached; remove the files to end it");
        }

        live.Run(Show, waiting.Token);
        foreach ((string name, BpfLink link) in live.Attached)
        {
            if (link is IteratorLink iterator && !options.IsJson) output.WriteLine($"{name} writes:\n{iterator.ReadText().TrimEnd()}");
        }

        live.Detach();
        live.Drain(Show);
        Conclude(live);
        return 0;
    }

    private void Announce(LiveObject live)
    {
        foreach (Diagnostic note in live.Loaded.Notes) Output.Problem(note);
        foreach ((string name, BpfLink link) in live.Attached) Tell(name, "attached", $"{name}: {link.Target}");
        foreach (string note in live.Notes) Tell(note, "note", $"note: {note}");
        foreach (string name in live.Idle) Tell(name, "idle", $"note: program '{name}' is attached to nothing by itself");
        if (live.Attached.Count == 0 && live.Idle.Count == 0) Tell(source.Name, "note", $"note: '{source.Name}' has no programs");
        if (!options.IsJson) Console.Error.WriteLine(options.Duration is null ? "Ctrl-C ends" : string.Create(CultureInfo.InvariantCulture, $"ends in {options.Duration.Value.TotalSeconds:0.###} s"));
    }

    // What is no result goes to standard error; as JSON it is a line like the others.
    private void Tell(string what, string kind, string text)
    {
        if (!options.IsJson)
        {
            Console.Error.WriteLine(text);
            return;
        }

        VerbOutput.JsonLine(_json, json =>
        {
            json.WriteStartObject();
            json.WriteString(kind, what);
            if (kind == "attached") json.WriteString("target", text[(what.Length + 2)..]);
            json.WriteEndObject();
        });
    }

    private void Show(KernelMap map, int cpu, ReadOnlySpan<byte> record)
    {
        if (!options.IsJson)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss.ffffff} {map.Name}{(cpu >= 0 ? $" cpu{cpu}" : "")} {BtfValueFormatter.ToText(source.Types, _types.GetValueOrDefault(map), record)}"));
            return;
        }

        byte[] bytes = record.ToArray();
        VerbOutput.JsonLine(_json, json =>
        {
            json.WriteStartObject();
            json.WriteString("time", DateTimeOffset.Now.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("map", map.Name);
            if (cpu >= 0) json.WriteNumber("cpu", cpu);
            json.WritePropertyName("event");
            BtfValueFormatter.WriteJson(source.Types, _types.GetValueOrDefault(map), bytes, json);
            json.WriteEndObject();
        });
    }

    private void Conclude(LiveObject live)
    {
        MapReport maps = new(live.Loaded.Maps, source.Types, options.Limit);
        if (options.IsJson)
        {
            VerbOutput.JsonLine(_json, json =>
            {
                json.WriteStartObject();
                json.WriteStartObject("events");
                foreach ((string map, long count, long lost) in live.Totals())
                {
                    json.WriteStartObject(map);
                    json.WriteNumber("count", count);
                    if (lost >= 0) json.WriteNumber("lost", lost);
                    json.WriteEndObject();
                }

                json.WriteEndObject();
                maps.WriteJson(json);
                json.WriteEndObject();
            });
            return;
        }

        foreach ((string map, long count, long lost) in live.Totals())
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nevents of '{map}': {count:N0}{(lost > 0 ? $", {lost:N0} lost" : lost == 0 ? ", none lost" : "")}"));
        maps.WriteText(output);
    }
}
