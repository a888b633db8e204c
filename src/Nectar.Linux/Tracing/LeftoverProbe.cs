// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;

namespace Nectar.Linux.Tracing;

/// <summary>A probe in the trace filesystem whose maker is gone: the kernel does not tie those to a descriptor.</summary>
/// <param name="File">The control file that lists it: <c>uprobe_events</c>.</param>
/// <param name="Category">The group.</param>
/// <param name="Name">The name in the group.</param>
/// <param name="ProcessId">Who made it.</param>
/// <param name="Definition">The whole line.</param>
public sealed record LeftoverProbe(string File, string Category, string Name, int ProcessId, string Definition)
{
    private static readonly string[] s_files = ["kprobe_events", "uprobe_events"];

    /// <summary>Finds the probes that this library made in processes that have ended.</summary>
    /// <returns>Nothing also where the trace filesystem cannot be read.</returns>
    public static IReadOnlyList<LeftoverProbe> Find() => [.. Own().Where(probe => !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{probe.ProcessId}")))];

    /// <summary>Removes it.</summary>
    /// <returns>False if it is in use or was removed meanwhile.</returns>
    public bool Remove() => TraceFileSystem.PathOf(File) is { } path && TraceFileSystem.Command(path, $"-:{Category}/{Name}\n") == Errno.None;

    /// <summary>All probes of this library, also those of living processes.</summary>
    internal static IEnumerable<LeftoverProbe> Own()
    {
        foreach (string file in s_files)
        {
            if (TraceFileSystem.PathOf(file) is not { } path || HostFile.ReadText(path) is not { } text) continue;
            foreach (string line in text.Split('\n'))
            {
                if (TryParse(file, line, out LeftoverProbe? probe)) yield return probe!;
            }
        }
    }

    /// <summary>Reads a line such as <c>p:nectar/u_123_4 /bin/true:0x10</c>.</summary>
    internal static bool TryParse(string file, string line, out LeftoverProbe? probe)
    {
        probe = null;
        int colon = line.IndexOf(':', StringComparison.Ordinal), blank = line.IndexOf(' ', StringComparison.Ordinal);
        if (colon < 0 || blank < colon) return false;
        string[] name = line[(colon + 1)..blank].Split('/');
        if (name.Length != 2 || name[0] != ProbeEvent.Category) return false;
        string[] parts = name[1].Split('_');
        if (parts.Length != 3 || parts[0] is not ("k" or "u") || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int process)) return false;
        probe = new LeftoverProbe(file, name[0], name[1], process, line);
        return true;
    }
}
