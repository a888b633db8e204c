// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Features;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Cleanup;

/// <summary>
/// Finds what killed processes of this library left behind. Only what the kernel cannot tie to a descriptor can be left: everything
/// else ended with the process. Things of others are never touched: a probe event must carry our name and a dead process, anything
/// else needs a note that such a process wrote, and must still be what the note says.
/// </summary>
public static class Leftovers
{
    /// <summary>Finds leftovers in all network namespaces that this process can enter.</summary>
    /// <remarks>Notes about what is gone meanwhile are removed.</remarks>
    public static IReadOnlyList<Leftover> Find()
    {
        List<Leftover> found = [];
        foreach (LeftoverProbe probe in LeftoverProbe.Find())
        {
            found.Add(new Leftover(LeftoverKind.ProbeEvent, probe.ProcessId, $"probe event {probe.Category}/{probe.Name} ({probe.Definition[(probe.Definition.IndexOf(' ', StringComparison.Ordinal) + 1)..]})", probe.Remove));
        }

        foreach ((string path, int pid, LeftoverKind kind, string[] words) in Notes())
        {
            Leftover? leftover = null;
            try
            {
                if (LeftoverReader.TryRead(kind, pid, words, out Func<bool>? remove, out string? description))
                {
                    leftover = new Leftover(kind, pid, description, () => remove() && Delete(path));
                }
            }
            catch (NectarException)
            {
                continue; // it cannot be looked at now: the note stays
            }

            if (leftover is null) Delete(path);
            else found.Add(leftover);
        }

        // Filters before the qdisc that holds them.
        return [.. found.OrderBy(leftover => leftover.Kind)];
    }

    private static IEnumerable<(string Path, int Pid, LeftoverKind Kind, string[] Words)> Notes()
    {
        if (!Directory.Exists(LeftoverNote.DefaultDirectory)) yield break;
        string[] files;
        try
        {
            files = Directory.GetFiles(LeftoverNote.DefaultDirectory);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (string path in files)
        {
            // PID.START.NUMBER; others are not ours
            string[] name = Path.GetFileName(path).Split('.');
            if (name.Length != 3 || !int.TryParse(name[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid)) continue;
            if (LeftoverNote.ProcessStamp(pid) == $"{name[0]}.{name[1]}" || HostFile.ReadText(path) is not { } text) continue;
            string[] words = text.TrimEnd('\n').Split(' ', 6);
            if (text.EndsWith('\n') && Enum.TryParse(words[0], out LeftoverKind kind)) yield return (path, pid, kind, words[1..]);
            else Delete(path); // killed while it wrote, so before it attached
        }
    }

    private static bool Delete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
