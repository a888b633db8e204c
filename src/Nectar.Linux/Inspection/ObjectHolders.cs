// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Inspection;

/// <summary>A process that has a descriptor of an object.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Name">The kernel's name for it, at most 15 characters.</param>
public readonly record struct ObjectHolder(int Pid, string Name);

/// <summary>
/// Which processes hold which objects: read from <c>/proc/PID/fdinfo</c>, so that nothing is loaded into the kernel for a look at it.
/// Processes of other users are seen by root only.
/// </summary>
public sealed class ObjectHolders
{
    private readonly Dictionary<(KernelObjectKind Kind, uint Id), List<ObjectHolder>> _holders = [];

    private ObjectHolders()
    {
    }

    /// <summary>Looks at the descriptors of all processes but this one.</summary>
    public static ObjectHolders Read()
    {
        ObjectHolders result = new();
        foreach (string directory in Directories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int pid) && pid != Environment.ProcessId) result.ReadProcess(directory, pid);
        }

        return result;
    }

    /// <summary>The processes that hold an object, by number; empty if none does (it lives by a pin, a link or a hook).</summary>
    public IReadOnlyList<ObjectHolder> Of(KernelObjectKind kind, uint id) => _holders.TryGetValue((kind, id), out List<ObjectHolder>? holders) ? holders : [];

    private void ReadProcess(string directory, int pid)
    {
        string? name = null;
        try
        {
            foreach (string fd in Directory.EnumerateFiles(directory + "/fd"))
            {
                string? target = new FileInfo(fd).LinkTarget;
                if (target is null || !target.StartsWith("anon_inode:b", StringComparison.Ordinal) || PinnedObjects.KindOfLink(target) is not { } kind) continue;
                uint id = ReadId($"{directory}/fdinfo/{Path.GetFileName(fd)}", PinnedObjects.IdField(kind));
                if (id == 0) continue;
                name ??= Features.HostFile.ReadLine(directory + "/comm") ?? "?";
                ObjectHolder holder = new(pid, name);
                if (!_holders.TryGetValue((kind, id), out List<ObjectHolder>? holders)) _holders.Add((kind, id), holders = []);
                if (!holders.Contains(holder)) holders.Add(holder);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // the process ended, or is another user's
        }
    }

    private static uint ReadId(string path, string field)
    {
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith(field, StringComparison.Ordinal) && line.Length > field.Length && line[field.Length] == ':')
                return uint.TryParse(line.AsSpan(field.Length + 1).Trim(), CultureInfo.InvariantCulture, out uint id) ? id : 0;
        }

        return 0;
    }

    private static IEnumerable<string> Directories(string path)
    {
        try
        {
            return Directory.EnumerateDirectories(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
