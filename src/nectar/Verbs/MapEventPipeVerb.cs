// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar map event_pipe</c>: what programs write into a perf event array or a ring buffer.</summary>
internal static class MapEventPipeVerb
{
    private static readonly DiagnosticCode s_operation = new(4705);

    internal static Command Create() => KernelVerb.Create("map", "event_pipe", "Print the records of a perf event array or ring buffer as they come, until Ctrl-C or for a while",
        "{id N | name X | pinned PATH} [cpu N] [for TIME]", Run,
        ("nectar map event_pipe name events", "records as bytes, until Ctrl-C"),
        ("nectar map event_pipe id 5 for 10s --json", "a line of JSON for each")).Named("event-pipe");

    private static void Run(Words words, VerbOutput output)
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        int? cpu = null;
        TimeSpan? duration = null;
        while (!words.IsEmpty)
        {
            if (words.Take("cpu")) cpu = (int)words.NextNumber("a processor");
            else if (words.Take("for")) duration = Waiting.ParseDuration(words.Next("a time")) ?? throw words.Wrong("expected a time: 5s, 500ms, 1m");
            else words.End();
        }

        using Waiting waiting = new(duration);
        using Stream json = output.IsJson ? Console.OpenStandardOutput() : Stream.Null;
        try
        {
            if (map.Definition.Type == MapType.PerfEventArray)
            {
                using PerfBufferReader reader = new(map, new PerfBufferOptions { Cpus = cpu is { } one ? [one] : null, WakeupEvents = 1 });
                reader.Run((from, record) => Show(from, record, output, json), (from, count) => Lost(from, count, output, json), waiting.Token);
            }
            else if (map.Definition.Type == MapType.RingBuf)
            {
                using RingBufferReader reader = new(map);
                reader.Run(record =>
                {
                    Show(-1, record, output, json);
                    return true;
                }, null, waiting.Token);
            }
            else
            {
                throw new LoadException(Diagnostic.Error(s_operation, $"map '{map.Name}' ({KindNames.Of(map.Definition.Type)}) has no records to print", "help: perf event arrays and ring buffers have; others: nectar map dump"));
            }
        }
        catch (OperationCanceledException)
        {
            // that is how it ends
        }
    }

    private static void Show(int cpu, ReadOnlySpan<byte> record, VerbOutput output, Stream stream)
    {
        byte[] bytes = record.ToArray();
        if (!output.IsJson)
        {
            output.Text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"== {DateTime.Now:HH:mm:ss.ffffff}{(cpu >= 0 ? $" CPU: {cpu}" : "")} ==\n{ElementView.Hex(bytes)}"));
            output.Text.Flush();
            return;
        }

        VerbOutput.JsonLine(stream, json =>
        {
            json.WriteStartObject();
            if (cpu >= 0) json.WriteNumber("cpu", cpu);
            TranslatedView.WriteBytes(json, "data", bytes);
            json.WriteEndObject();
        });
    }

    private static void Lost(int cpu, long count, VerbOutput output, Stream stream)
    {
        if (!output.IsJson)
        {
            output.Text.WriteLine(FormattableString.Invariant($"lost {count} events on CPU {cpu}"));
            return;
        }

        VerbOutput.JsonLine(stream, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("cpu", cpu);
            json.WriteNumber("lost", count);
            json.WriteEndObject();
        });
    }
}
