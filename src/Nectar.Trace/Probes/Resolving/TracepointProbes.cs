// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Tracing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Events of the trace filesystem. Only the folders that a name can be in are looked at.</summary>
internal static class TracepointProbes
{
    public static void Resolve(ProbeResolver resolver)
    {
        (string category, string name) = (resolver.Point.Target, resolver.Point.Function);
        if (category.Length == 0 || name.Length == 0)
        {
            resolver.Error("tracepoint probe must have a target");
            return;
        }

        if (!Wildcard.Is(category) && !Wildcard.Is(name))
        {
            if (Exists(category, name)) Add(resolver, category, name);
            else resolver.Missing(Help(category, name));
            return;
        }

        foreach ((string foundCategory, string foundName) in Match(category, name)) Add(resolver, foundCategory, foundName);
    }

    /// <summary>The events that fit two patterns, in order.</summary>
    public static IEnumerable<(string Category, string Name)> Match(string category, string name)
    {
        if (!Wildcard.Is(category)) return TraceFileSystem.Events(category).Where(found => Wildcard.Matches(name, found) && Exists(category, found)).Order(StringComparer.Ordinal).Select(found => (category, found));
        return Available().Where(found => Wildcard.Matches(category, found.Category) && Wildcard.Matches(name, found.Name))
            .OrderBy(found => found.Category, StringComparer.Ordinal).ThenBy(found => found.Name, StringComparer.Ordinal);
    }

    private static List<(string Category, string Name)> Available()
    {
        List<(string, string)> all = [];
        if (TraceFileSystem.PathOf("available_events") is not { } path) return all;
        foreach (string line in File.ReadLines(path))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0) all.Add((line[..colon], line[(colon + 1)..].TrimEnd()));
        }

        return all;
    }

    /// <summary>There is such an event that programs can be attached to: ftrace's own are records only.</summary>
    public static bool Exists(string category, string name) => TraceFileSystem.EventId(category, name) is not null && category != "ftrace";

    private static void Add(ProbeResolver resolver, string category, string name) => resolver.Add(new ProbeTarget(ProbeKind.Tracepoint)
    {
        Name = $"tracepoint:{category}:{name}",
        Group = category,
        Function = name,
        Arguments = () => TracepointFormat.Read(category, name, resolver.Options.TypeOf),
    });

    private static string[] Help(string category, string name)
    {
        if (category == "syscall") return [$"help: Did you mean syscalls:{name}?"];
        string[] categories = [.. TraceFileSystem.Categories()];
        if (!categories.Contains(category)) return NearestNames.Help(category, categories);
        string[] near = NearestNames.Help(name, TraceFileSystem.Events(category));
        if (near.Length > 0) return near;
        return categories.FirstOrDefault(other => Exists(other, name)) is { } found ? [$"help: did you mean '{found}:{name}'?"] : [];
    }
}
