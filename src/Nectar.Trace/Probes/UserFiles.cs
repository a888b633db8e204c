// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.IO.Enumeration;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Libraries;
using Nectar.Linux.Symbols.Processes;

namespace Nectar.Trace.Probes;

/// <summary>Which files a target stands for, in whose file system.</summary>
internal static class UserFiles
{
    /// <summary>The program that a process runs, as we can open it; empty if the process is gone.</summary>
    public static string ProgramOf(int processId)
    {
        string? path = ProcessFiles.Link(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/exe"));
        return path is null ? "" : Inside(path, processId);
    }

    /// <summary>The file of <c>libNAME</c>; null where the dynamic linker knows none.</summary>
    public static string? LibraryPath(string target, int processId)
    {
        if (!target.StartsWith("lib", StringComparison.Ordinal) || Wildcard.Is(target) || target.Contains('/', StringComparison.Ordinal)) return null;
        return LibraryResolver.TryResolveLibrary(target, out string? path, processId == 0 ? null : processId) ? path : null;
    }

    /// <summary>The files that a path, a name in <c>PATH</c>, or a pattern of them stands for; executables and libraries only.</summary>
    public static List<string> Resolve(string target, int processId, bool isUnsafe)
    {
        List<string> candidates = [target];
        if (!target.Contains('/', StringComparison.Ordinal))
        {
            string folders = (IsElsewhere(processId) ? ProcessFiles.Variable(processId, "PATH") : Environment.GetEnvironmentVariable("PATH")) ?? "";
            foreach (string folder in folders.Split(':', StringSplitOptions.RemoveEmptyEntries)) candidates.Add($"{folder}/{target}");
        }

        bool isPattern = Wildcard.Is(target);
        List<string> found = [];
        foreach (string candidate in candidates)
        {
            foreach (string path in isPattern ? Expand(candidate) : [candidate])
            {
                string inside = Inside(path, processId);
                if (isUnsafe && !isPattern ? File.Exists(inside) : IsCode(inside)) found.Add(inside);
            }
        }

        return found;
    }

    /// <summary>The files that a process executes, as we can open them.</summary>
    public static List<string> MappedBy(int processId)
    {
        List<string> paths = [];
        if (!ProcessMaps.TryRead(processId, out ProcessMaps? maps)) return paths;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (MappedRegion region in maps.Regions)
        {
            if (region.IsExecutable && region.IsFile && !region.IsDeleted && seen.Add(region.Path)) paths.Add(Inside(region.Path, processId));
        }

        return paths;
    }

    /// <summary>The files that anybody executes.</summary>
    public static List<string> MappedByAll()
    {
        HashSet<string> all = new(StringComparer.Ordinal);
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process)) all.UnionWith(MappedBy(process));
        }

        return [.. all.Order(StringComparer.Ordinal)];
    }

    /// <summary>A path in the file system of a process; as it is where that is ours.</summary>
    public static string Inside(string path, int processId) =>
        IsElsewhere(processId) && !path.StartsWith("/proc/", StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/root{(path.StartsWith('/') ? "" : "/")}{path}") : path;

    private static bool IsElsewhere(int processId) =>
        processId != 0 && ProcessFiles.Link(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/ns/mnt")) is { } theirs && theirs != ProcessFiles.Link("/proc/self/ns/mnt");

    /// <summary>A shared object, or a program that may be executed.</summary>
    private static bool IsCode(string path)
    {
        if (Directory.Exists(path) || !ElfImage.TryOpen(path, out ElfImage? image, out _)) return false;
        using (image) return image.IsPositionIndependent || (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0);
    }

    /// <summary>Files that fit a pattern, folder by folder as a shell would.</summary>
    private static IEnumerable<string> Expand(string pattern)
    {
        string[] parts = pattern.Split('/');
        List<string> paths = [pattern.StartsWith('/') ? "/" : ""];
        foreach (string part in parts)
        {
            if (part.Length == 0) continue;
            List<string> next = [];
            foreach (string path in paths)
            {
                string prefix = path.Length == 0 || path.EndsWith('/') ? path : path + "/";
                if (!Wildcard.Is(part))
                {
                    if (part is "." or ".." || Path.Exists(prefix + part)) next.Add(prefix + part);
                    continue;
                }

                try
                {
                    // Names that begin with a dot are meant only where the pattern has it.
                    next.AddRange(Directory.EnumerateFileSystemEntries(path.Length == 0 ? "." : path).Select(found => Path.GetFileName(found)!)
                        .Where(name => (name[0] != '.' || part[0] == '.') && FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: false)).Order(StringComparer.Ordinal).Select(name => prefix + name));
                }
                catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
                {
                    // a folder that nobody may read has nothing in it for us
                }
            }

            paths = next;
        }

        return paths;
    }
}
