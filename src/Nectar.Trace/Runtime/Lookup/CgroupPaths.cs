// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.Enumeration;

namespace Nectar.Trace.Runtime.Lookup;

/// <summary>Paths of control groups by number, in every hierarchy whose name fits a pattern.</summary>
internal static class CgroupPaths
{
    /// <summary><c>unified:/a,freezer:/b</c>; empty if no hierarchy has the group.</summary>
    public static string Find(string pattern, ulong group)
    {
        List<(string Name, string Path)> first = [], second = [];
        foreach ((string root, bool isUnified) in Roots())
        {
            string name = isUnified ? "unified" : Path.GetFileName(root);
            if (!FileSystemName.MatchesSimpleExpression(pattern.Length == 0 ? "*" : pattern, name, ignoreCase: false)) continue;
            if (FindIn(root, group) is { } path) (isUnified ? first : second).Add((name, path));
        }

        second.Sort();
        return string.Join(",", first.Concat(second).Select(p => $"{p.Name}:{p.Path}"));
    }

    private static List<(string Root, bool IsUnified)> Roots()
    {
        List<(string, bool)> roots = [];
        try
        {
            foreach (string line in File.ReadLines("/proc/mounts"))
            {
                string[] fields = line.Split(' ');
                if (fields.Length > 2 && fields[2] is "cgroup" or "cgroup2" && Directory.Exists(fields[1])) roots.Add((fields[1], fields[2] == "cgroup2"));
            }
        }
        catch (IOException)
        {
            // no hierarchy then
        }

        return roots;
    }

    private static string? FindIn(string root, ulong group)
    {
        if (Number(root) == group) return "/";
        try
        {
            foreach (string folder in Directory.EnumerateDirectories(root, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 }))
            {
                if (Number(folder) == group) return folder[root.Length..];
            }
        }
        catch (IOException)
        {
            // groups come and go
        }

        return null;
    }

    // the number of a group is that of its folder in its file system
    private static ulong? Number(string path) => FileNumbers.TryGet(path, out ulong number) ? number : null;
}
