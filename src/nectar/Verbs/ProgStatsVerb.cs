// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar prog stats</c>: counts runs while it lasts.</summary>
internal static class ProgStatsVerb
{
    internal static Command Create() => KernelVerb.Create("prog", "stats", "Let the kernel count runs and their time, until Ctrl-C or for a while, and show them", "enable [for SECONDS]", Run,
        ("nectar prog stats enable for 5", "what ran in five seconds"));

    private static void Run(Words words, VerbOutput output)
    {
        if (!words.Take("enable")) throw words.Wrong("expected enable");
        TimeSpan? duration = words.Take("for") ? Waiting.ParseDuration(words.Next("a number of seconds")) ?? throw words.Wrong("expected a duration: 5, 5s, 500ms, 1m") : null;
        words.End();
        using ActivitySampler sampler = new();
        using Waiting waiting = new(duration);
        waiting.Wait(Timeout.InfiniteTimeSpan);
        List<ProgramActivity> activities = [.. sampler.Sample().Where(activity => activity.Runs > 0)];
        Context context = new();
        output.List(activities, (activity, text) => text.WriteLine(ActivityView.Line(activity, context)), (activity, json) => ActivityView.WriteJson(activity, context, json));
    }
}
