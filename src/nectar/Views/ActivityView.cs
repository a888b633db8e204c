// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text.Json;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Views;

/// <summary>What a program did in a span of time.</summary>
internal static class ActivityView
{
    internal static readonly string[] Columns = ["ID", "TYPE", "NAME", "RUNS/S", "NS/RUN", "CPU%", "WHO"];

    internal static string[] Cells(ProgramActivity activity, Context context) =>
    [
        activity.Info.Id.ToString(CultureInfo.InvariantCulture),
        KindNames.Of(activity.Info.Type),
        ProgramNames.Whole(activity.Info),
        activity.RunsPerSecond.ToString(activity.RunsPerSecond < 10 ? "F1" : "N0", CultureInfo.InvariantCulture),
        activity.NanosecondsPerRun.ToString("N0", CultureInfo.InvariantCulture),
        activity.CpuPercent.ToString("F2", CultureInfo.InvariantCulture),
        context.Who(KernelObjectKind.Program, activity.Info.Id),
    ];

    internal static string Line(ProgramActivity activity, Context context)
    {
        string[] cells = Cells(activity, context);
        return Line(cells);
    }

    internal static string Line(string[] cells) => $"{cells[0],-8}{cells[1],-16}{cells[2],-32}{cells[3],12}{cells[4],10}{cells[5],9}  {cells[6]}".TrimEnd();

    internal static void WriteJson(ProgramActivity activity, Context context, Utf8JsonWriter json)
    {
        json.WriteNumber("id", activity.Info.Id);
        json.WriteString("type", KindNames.Of(activity.Info.Type));
        json.WriteString("name", ProgramNames.Whole(activity.Info));
        json.WriteNumber("runs", activity.Runs);
        json.WriteNumber("run_time_ns", activity.Nanoseconds);
        json.WriteNumber("runs_per_second", Math.Round(activity.RunsPerSecond, 1));
        json.WriteNumber("ns_per_run", Math.Round(activity.NanosecondsPerRun, 1));
        json.WriteNumber("cpu_percent", Math.Round(activity.CpuPercent, 3));
        context.WriteJson(KernelObjectKind.Program, activity.Info.Id, json);
    }
}
