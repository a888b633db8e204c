// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Linux.Events;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar prog tracelog</c>: what programs print with <c>bpf_printk</c>.</summary>
internal static class ProgTraceLogVerb
{
    internal static Command Create() => KernelVerb.Create("prog", "tracelog", "Print what programs write with bpf_printk, until Ctrl-C or for a while", "[for TIME]", Run,
        ("nectar prog tracelog", "the kernel's trace pipe; each line is given once, to one reader"));

    private static void Run(Words words, VerbOutput output)
    {
        TimeSpan? duration = words.Take("for") ? Waiting.ParseDuration(words.Next("a time")) ?? throw words.Wrong("expected a time: 5s, 500ms, 1m") : null;
        words.End();
        using Waiting waiting = new(duration);
        using TracePipe pipe = TracePipe.Open();
        using Stream stream = output.IsJson ? Console.OpenStandardOutput() : Stream.Null;
        try
        {
            while (!waiting.IsOver)
            {
                if (pipe.TryRead(out TraceLine line, 200, waiting.Token)) Show(line, output, stream);
            }
        }
        catch (OperationCanceledException)
        {
            // that is how it ends
        }

        if (pipe.Lost > 0 && !output.IsJson) Console.Error.WriteLine(FormattableString.Invariant($"note: the kernel threw {pipe.Lost} lines away"));
    }

    private static void Show(TraceLine line, VerbOutput output, Stream stream)
    {
        if (!output.IsJson)
        {
            output.Text.WriteLine(line);
            return;
        }

        VerbOutput.JsonLine(stream, json =>
        {
            json.WriteStartObject();
            if (line.IsEvent)
            {
                json.WriteString("task", line.Task);
                json.WriteNumber("tid", line.ThreadId);
                json.WriteNumber("cpu", line.Cpu);
                json.WriteNumber("time", Math.Round(line.Time.TotalSeconds, 6));
            }

            json.WriteString("message", line.Message);
            json.WriteEndObject();
        });
    }
}
