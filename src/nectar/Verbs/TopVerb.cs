// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Spectre.Console;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar top</c>: programs by run time, live.</summary>
internal static class TopVerb
{
    private static readonly DiagnosticCode s_words = new(4703);

    internal static Command Create()
    {
        Option<bool> once = new("--once") { Description = "One look of one interval, then end" };
        Option<string?> duration = new("--for") { Description = "End after this time: 10s, 500ms, 1m", HelpName = "TIME" };
        Option<string> interval = new("--interval", "-i") { Description = "Time between looks", HelpName = "TIME", DefaultValueFactory = _ => "1s" };
        Option<bool> all = new("--all") { Description = "Also programs that did not run" };
        Option<bool> json = new("--json", "-j") { Description = "Print each look as a line of JSON" };
        Command command = new("top", "Programs by run time, live in the terminal") { once, duration, interval, all, json };
        command.SetAction(result =>
        {
            TimeSpan step = Duration("--interval", result.GetValue(interval)!);
            TimeSpan? total = result.GetValue(duration) is { } text ? Duration("--for", text) : null;
            using ActivitySampler sampler = new();
            using Waiting waiting = new(total);
            bool isLive = !result.GetValue(once) && !result.GetValue(json) && !Console.IsOutputRedirected;
            if (isLive) Live(sampler, waiting, step, result.GetValue(all));
            else Print(sampler, waiting, step, result.GetValue(all), result.GetValue(once), result.GetValue(json), result.InvocationConfiguration.Output);
        });
        return command.WithExamples(
            ("nectar top", "a table that lives until Ctrl-C"),
            ("nectar top --once --json", "one second, for scripts"),
            ("nectar top --for 10s --interval 500ms", "for a while"));
    }

    private static TimeSpan Duration(string option, string text) => Waiting.ParseDuration(text)
        ?? throw new UsageException(Diagnostic.Error(s_words, $"nectar top: {option}: '{text}' is no time", "help: 5, 5s, 500ms, 1m"));

    private static void Print(ActivitySampler sampler, Waiting waiting, TimeSpan step, bool all, bool once, bool isJson, TextWriter output)
    {
        using Stream stream = Console.OpenStandardOutput();
        while (true)
        {
            bool isOver = waiting.Wait(step) || once;
            List<ProgramActivity> activities = [.. sampler.Sample().Where(activity => all || activity.Runs > 0)];
            Context context = new();
            if (isJson)
            {
                VerbOutput.JsonLine(stream, json =>
                {
                    json.WriteStartObject();
                    json.WriteString("time", DateTimeOffset.Now.ToString("O", CultureInfo.InvariantCulture));
                    json.WriteStartArray("programs");
                    foreach (ProgramActivity activity in activities)
                    {
                        json.WriteStartObject();
                        ActivityView.WriteJson(activity, context, json);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                });
            }
            else
            {
                output.WriteLine(ActivityView.Line(ActivityView.Columns));
                foreach (ProgramActivity activity in activities) output.WriteLine(ActivityView.Line(activity, context));
            }

            if (isOver) return;
        }
    }

    private static void Live(ActivitySampler sampler, Waiting waiting, TimeSpan step, bool all)
    {
        AnsiConsole.Live(Table([], new Context(), "counting…")).AutoClear(false).Start(live =>
        {
            while (!waiting.Wait(step))
            {
                List<ProgramActivity> activities = sampler.Sample();
                int room = Math.Max(3, AnsiConsole.Profile.Height - 6);
                double cpu = activities.Sum(activity => activity.CpuPercent);
                string title = string.Create(CultureInfo.InvariantCulture, $"{activities.Count} programs, {activities.Sum(a => a.RunsPerSecond):N0} runs/s, {cpu:F2} % of a CPU");
                live.UpdateTarget(Table([.. activities.Where(activity => all || activity.Runs > 0).Take(room)], new Context(), title));
            }
        });
    }

    private static Table Table(List<ProgramActivity> activities, Context context, string title)
    {
        Table table = new() { Border = TableBorder.Simple, Title = new TableTitle(Markup.Escape(title)) };
        for (int i = 0; i < ActivityView.Columns.Length; i++) table.AddColumn(new TableColumn(ActivityView.Columns[i]) { NoWrap = true, Alignment = i is >= 3 and <= 5 ? Justify.Right : Justify.Left });
        foreach (ProgramActivity activity in activities) table.AddRow(ActivityView.Cells(activity, context).Select(cell => new Text(cell)));
        return table;
    }
}
