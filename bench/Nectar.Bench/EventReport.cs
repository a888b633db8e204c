// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Bench;

/// <summary>The table of events: what <see cref="EventBench"/> printed, with the limits.</summary>
internal static class EventReport
{
    /// <summary>What is shown; draining may cost so much of the peer's time, running must bring so much of its rate.</summary>
    private static readonly (string Name, string What, bool IsRate)[] s_rows =
    [
        ("ring-drain-32", "ring buffer, drain, 32 bytes", false),
        ("ring-drain-128", "ring buffer, drain, 128 bytes", false),
        ("ring-run-32", "ring buffer, producer and adaptive reader at once, 32 bytes", true),
        ("ring-run-128", "the same, 128 bytes", true),
        ("perf-drain-32", "perf buffer, drain, 32 bytes", false),
        ("perf-drain-128", "perf buffer, drain, 128 bytes", false),
        ("perf-run-32-every-1", "perf buffer, both at once, wake-up for each sample, 32 bytes", true),
        ("perf-run-32-every-1000", "the same, for every 1000th", true),
        ("perf-run-32-default", "perf buffer, both at once, each side's default wake-up, 32 bytes", true),
    ];

    internal static void Append(StringBuilder text, Func<string, double?> get)
    {
        if (get("events/ring-drain-32/nectar") is null) return;
        text.Append("\n## Events of the kernel beside libbpf\n\nns a record, or million records a second; the ratio is the median of the repetitions' ratios.\n\n");
        text.Append("| what | ours | libbpf | ours / libbpf | bar | lost, ours and libbpf | allocated |\n|---|---|---|---|---|---|---|\n");
        foreach ((string name, string what, bool isRate) in s_rows)
        {
            double? Of(string part) => get($"events/{name}/{part}");
            double? ratio = Of("ratio");
            string verdict = ratio is null ? "" : isRate ? (ratio >= 1 ? "" : " **missed**") : ratio <= 1.05 ? "" : " **missed**";
            double scale = isRate ? 1e-6 : 1;
            text.Append(CultureInfo.InvariantCulture,
                $"| {what} | {Of("nectar") * scale:0.00} | {Of("libbpf") * scale:0.00} | {ratio:0.000}{verdict} | {(isRate ? "≥ 1.0" : "≤ 1.05")} | {(isRate ? string.Create(CultureInfo.InvariantCulture, $"{Of("lost"):0.0} %, {Of("libbpf-lost"):0.0} %") : "")} | {(isRate ? "" : string.Create(CultureInfo.InvariantCulture, $"{Of("allocated"):0} bytes"))} |\n");
        }
    }
}
