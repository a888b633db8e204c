// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Trace.Probes.Parsing;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Static probes of programs and libraries.</summary>
internal static class UsdtResolving
{
    private static readonly Dictionary<string, List<UsdtNote>> s_files = new(StringComparer.Ordinal);

    public static void Resolve(ProbeResolver resolver)
    {
        ParsedPoint point = resolver.Point;
        int process = resolver.Options.ProcessId;
        if (point.Function.Length == 0)
        {
            resolver.Error("usdt probe must have a target function or wildcard");
            return;
        }

        if (point.Target.Length == 0 && process == 0)
        {
            resolver.Error("usdt probe must specify at least path or pid to probe. To target all paths/pids set the path to '*'.");
            return;
        }

        List<string> files = Files(point.Target, resolver.Options);
        if (files.Count > 1 && point.Target.Length > 0 && !Wildcard.Is(point.Target))
        {
            resolver.Reporter.Warning($"attaching to usdt target file '{files[0]}' but matched {files.Count} binaries");
            files.RemoveRange(1, files.Count - 1);
        }

        if (files.Count == 0)
        {
            resolver.Error($"usdt target file '{point.Target}' does not exist or is not executable");
            return;
        }

        int count = 0;
        foreach (string file in files)
        {
            foreach (IGrouping<(string Provider, string Name), UsdtNote> notes in Match(file, point.Namespace, point.Function))
            {
                count++;
                resolver.Add(new ProbeTarget(ProbeKind.Usdt)
                {
                    Name = (point with { Target = file, Namespace = notes.Key.Provider, Function = notes.Key.Name }).Name,
                    Group = file,
                    Path = file,
                    Provider = notes.Key.Provider,
                    Function = notes.Key.Name,
                    Notes = [.. notes.DistinctBy(note => note.FileOffset)],
                });
            }
        }

        // With the provider written out it is one certain probe that is asked for.
        if (count > 0 || point.Namespace.Length == 0 || process != 0 || Wildcard.Is(point.Target) || Wildcard.Is(point.Namespace) || Wildcard.Is(point.Function)) return;
        resolver.Reporter.Missing(resolver.Options.Config.MissingProbes, $"No matches for usdt {point.Target}:{point.Function}", NearestNames.Help(point.Function, files.SelectMany(Read).Select(note => note.Name).Distinct()));
    }

    /// <summary>The probes of a file that fit; the places of each together.</summary>
    public static IEnumerable<IGrouping<(string Provider, string Name), UsdtNote>> Match(string file, string provider, string name) => Read(file)
        .Where(note => (provider.Length == 0 || Wildcard.Matches(provider, note.Provider)) && Wildcard.Matches(name, note.Name))
        .GroupBy(note => (note.Provider, note.Name)).OrderBy(group => group.Key.Provider, StringComparer.Ordinal).ThenBy(group => group.Key.Name, StringComparer.Ordinal);

    /// <summary>The files that a target means: those of a process, of all processes, or by path.</summary>
    public static List<string> Files(string target, AttachOptions options)
    {
        int process = options.ProcessId;
        if (target is "" or "*") return process != 0 ? UserFiles.MappedBy(process) : UserFiles.MappedByAll();
        return UserFiles.Resolve(UserFiles.LibraryPath(target, process) ?? target, process, isUnsafe: false);
    }

    private static List<UsdtNote> Read(string file)
    {
        lock (s_files)
        {
            if (s_files.TryGetValue(file, out List<UsdtNote>? known)) return known;
            List<UsdtNote> notes = [];
            if (ElfImage.TryOpen(file, out ElfImage? image, out _))
            {
                using (image)
                {
                    if (!UsdtNotes.TryRead(image, out notes, out Diagnostic? problem)) throw new ObjectFormatException(problem);
                }
            }

            s_files.Add(file, notes);
            return notes;
        }
    }
}
