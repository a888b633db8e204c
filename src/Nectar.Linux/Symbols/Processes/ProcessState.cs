// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>
/// What is known of one process as long as it runs one program: its maps, renewed as they age, and its perf map, read when an address is not of a file. When
/// the process ends, what was read before serves on, so that stacks of short-lived processes that were seen once keep their names.
/// </summary>
internal sealed class ProcessState
{
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(1);

    /// <summary>Between two readings of the maps of a process in which an address was not found: at least this, and so many times what the last one took.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);

    private const int PauseFactor = 10;

    private readonly Lock _updating = new();
    private readonly int _processId;
    private readonly ProcessIdentity _identity;
    private readonly Dictionary<(ulong Device, ulong Inode, string Path), MappedFile> _files = [];
    private PerfMapFile? _perfFile;
    private volatile Snapshot _now;

    internal ProcessState(int processId)
    {
        _processId = processId;
        _identity = ProcessIdentity.Of(processId);
        Root = ProcessFiles.Root(processId);
        _now = Read(null);
    }

    internal string Root { get; }

    internal long Bytes => (_now.Perf.Bytes * 2) + ((_now.Maps?.Regions.Count ?? 0) * 72L) + 4096;

    /// <summary>The maps, at most a second old, or as old as the last that could be read.</summary>
    internal ProcessMaps? Maps
    {
        get
        {
            Snapshot now = _now;
            return (Stopwatch.GetElapsedTime(now.ReadAt) > s_age ? Update(now) : now).Maps;
        }
    }

    /// <summary>What the process's compiler has listed by the time of the maps.</summary>
    internal PerfMap Perf
    {
        get
        {
            Snapshot now = _now;
            if (now.IsPerfRead) return now.Perf;
            lock (_updating)
            {
                if (now.IsPerfRead) return now.Perf;
                now.Perf = (_perfFile ??= new PerfMapFile(_processId)).Update(now.Perf);
                now.IsPerfRead = true;
                return now.Perf;
            }
        }
    }

    /// <summary>True if another program runs under the process's number: the number is used again, or the process called <c>execve</c>.</summary>
    internal bool IsReplaced => ProcessIdentity.Of(_processId) is { IsKnown: true } now && now != _identity;

    /// <summary>Reads again, unless that was just done; for addresses that were not found.</summary>
    internal bool TryRenew()
    {
        Snapshot seen = _now;
        TimeSpan elapsed = Stopwatch.GetElapsedTime(seen.ReadAt);
        if (elapsed < s_pause || elapsed < seen.Duration * PauseFactor) return false;
        Update(seen);
        return true;
    }

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

    private Snapshot Update(Snapshot seen)
    {
        lock (_updating)
        {
            if (ReferenceEquals(_now, seen)) _now = Read(seen);
            return _now;
        }
    }

    private Snapshot Read(Snapshot? before)
    {
        long start = Stopwatch.GetTimestamp();
        // a process that is ending has no regions any more, and one that has ended no file: the last ones stay
        ProcessMaps? maps = ProcessMaps.TryRead(_processId, out ProcessMaps? read) && read.Regions.Count > 0 ? read : null;
        return new Snapshot(maps ?? before?.Maps, start, Stopwatch.GetElapsedTime(start)) { Perf = before?.Perf ?? PerfMap.Empty, IsPerfRead = maps is null && before is not null };
    }

    private MappedFile Locate(in MappedRegion region)
    {
        string visible = Root + region.Path;
        if (!region.IsDeleted && FileIdentity.TryOf(visible, out FileIdentity identity, out bool isRegular) && isRegular) return new MappedFile(visible, identity);
        // Deleted or replaced: the mapping itself leads to what was mapped (needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN).
        string mapping = string.Create(CultureInfo.InvariantCulture, $"/proc/{_processId}/map_files/{region.Start:x}-{region.End:x}");
        return FileIdentity.TryOf(mapping, out identity, out isRegular) && isRegular ? new MappedFile(mapping, identity) : default;
    }

    private sealed class Snapshot(ProcessMaps? maps, long readAt, TimeSpan duration)
    {
        private volatile bool _isPerfRead;

        internal ProcessMaps? Maps { get; } = maps;

        internal long ReadAt { get; } = readAt;

        internal TimeSpan Duration { get; } = duration;

        internal PerfMap Perf { get; set; } = PerfMap.Empty;

        internal bool IsPerfRead
        {
            get => _isPerfRead;
            set => _isPerfRead = value;
        }
    }
}

/// <summary>A mapped file: how to open it, and which it is; the default if it cannot be opened.</summary>
internal readonly record struct MappedFile(string? Path, FileIdentity Identity);
