// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>
/// What is known of one process: its maps, renewed as they age, and its perf map. When the process ends, what was read before serves on,
/// so that stacks of short-lived processes that were seen once keep their names.
/// </summary>
internal sealed class ProcessState
{
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(1);
    private readonly Lock _updating = new();
    private readonly int _processId;
    private readonly PerfMapFile _perfFile;
    private readonly Dictionary<(ulong Device, ulong Inode, string Path), MappedFile> _files = [];
    private volatile Snapshot _now;
    private volatile bool _isReplaced;

    internal ProcessState(int processId)
    {
        _processId = processId;
        StartTime = ReadStartTime(processId);
        Root = ProcessFiles.Root(processId);
        _perfFile = new PerfMapFile(processId);
        _now = Read(new Snapshot(null, PerfMap.Empty, 0));
    }

    /// <summary>When the process started, in clock ticks: two processes with one number differ in it. 0 if it had ended.</summary>
    internal ulong StartTime { get; }

    internal string Root { get; }

    internal long Bytes => (_now.Perf.Bytes * 2) + ((_now.Maps?.Regions.Count ?? 0) * 72L) + 4096;

    internal ProcessMaps? Maps => _now.Maps;

    /// <summary>The maps and the perf map, at most a second old, or as old as the last of them that could be read.</summary>
    internal (ProcessMaps? Maps, PerfMap Perf) Current => Aged(_now) ? (Update(_now).Maps, _now.Perf) : (_now.Maps, _now.Perf);

    /// <summary>Reads again if that was not done in the last 50 ms; for addresses that were not found.</summary>
    internal bool TryRenew()
    {
        Snapshot seen = _now;
        if (Stopwatch.GetElapsedTime(seen.ReadAt).TotalMilliseconds < 50) return false;
        Update(seen);
        return true;
    }

    /// <summary>True once another process was seen to have this number.</summary>
    internal bool IsReplaced => _isReplaced;

    /// <summary>Which file a region maps, and how to open it from here.</summary>
    internal MappedFile FileOf(in MappedRegion region)
    {
        lock (_files)
        {
            if (_files.TryGetValue((region.Device, region.Inode, region.Path), out MappedFile known)) return known;
            MappedFile found = Locate(region);
            if (_files.Count > 100_000) _files.Clear(); // a process that maps new files all day
            _files[(region.Device, region.Inode, region.Path)] = found;
            return found;
        }
    }

    /// <summary>When a process started (field 22 of <c>/proc/PID/stat</c>); 0 if there is none.</summary>
    internal static ulong ReadStartTime(int processId)
    {
        string text = Encoding.UTF8.GetString(ProcessFiles.Read($"/proc/{processId}/stat") ?? []);
        int end = text.LastIndexOf(')'); // the name may hold blanks and brackets
        string[] fields = end < 0 ? [] : text[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && ulong.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out ulong ticks) ? ticks : 0;
    }

    private static bool Aged(Snapshot snapshot) => Stopwatch.GetElapsedTime(snapshot.ReadAt) > s_age;

    private Snapshot Update(Snapshot seen)
    {
        lock (_updating)
        {
            if (ReferenceEquals(_now, seen)) _now = Read(seen);
            return _now;
        }
    }

    private Snapshot Read(Snapshot before)
    {
        ulong start = ReadStartTime(_processId);
        _isReplaced |= start != 0 && start != StartTime;
        ProcessMaps? maps = _isReplaced ? null : ProcessMaps.TryRead(_processId, out ProcessMaps? read) && read.Regions.Count > 0 ? read : null;
        // a process that is ending has no regions any more, and one that has ended no file: the last ones stay
        PerfMap perf = maps is null ? before.Perf : _perfFile.Update(before.Perf);
        return new Snapshot(maps ?? before.Maps, perf, Stopwatch.GetTimestamp());
    }

    private MappedFile Locate(in MappedRegion region)
    {
        string visible = Root + region.Path;
        if (!region.IsDeleted && FileIdentity.TryOf(visible, out FileIdentity identity, out bool isRegular) && isRegular) return new MappedFile(visible, identity);
        // Deleted or replaced: the mapping itself leads to what was mapped (needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN).
        string mapping = string.Create(CultureInfo.InvariantCulture, $"/proc/{_processId}/map_files/{region.Start:x}-{region.End:x}");
        return FileIdentity.TryOf(mapping, out identity, out isRegular) && isRegular ? new MappedFile(mapping, identity) : default;
    }

    private sealed record Snapshot(ProcessMaps? Maps, PerfMap Perf, long ReadAt);
}

/// <summary>A mapped file: how to open it, and which it is; the default if it cannot be opened.</summary>
internal readonly record struct MappedFile(string? Path, FileIdentity Identity);
