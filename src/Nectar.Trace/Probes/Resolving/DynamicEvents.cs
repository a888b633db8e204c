// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Tracing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Events that somebody made through the trace filesystem: there is no tracepoint behind them.</summary>
internal static class DynamicEvents
{
    private static readonly Lazy<HashSet<string>> s_names = new(Read);

    public static bool Contains(string category, string name) => s_names.Value.Count > 0 && s_names.Value.Contains($"{category}/{name}");

    /// <summary>Lines such as <c>p:group/name function</c>, <c>s:synthetic/name u64 x</c>.</summary>
    private static HashSet<string> Read()
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (string file in new[] { "dynamic_events", "kprobe_events", "uprobe_events" })
        {
            if (TraceFileSystem.PathOf(file) is not { } path) continue;
            try
            {
                foreach (string line in File.ReadLines(path))
                {
                    int colon = line.IndexOf(':', StringComparison.Ordinal), end = line.IndexOf(' ', StringComparison.Ordinal);
                    if (colon >= 0) names.Add(end < 0 ? line[(colon + 1)..] : line[(colon + 1)..Math.Max(end, colon + 1)]);
                }
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // locked: nobody can have made any
            }

            if (file == "dynamic_events") break; // holds the others too
        }

        return names;
    }
}
