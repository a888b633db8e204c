// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>The growing <c>perf-PID.map</c> of one process: finds the file in the process's own <c>/tmp</c> under its own number, and reads what is new.</summary>
internal sealed class PerfMapFile
{
    private readonly string _path;
    private FileIdentity _identity;
    private long _read;

    internal PerfMapFile(int processId)
    {
        // In a container the process knows itself by the innermost of its numbers.
        string inside = processId.ToString(CultureInfo.InvariantCulture);
        foreach (string line in Encoding.UTF8.GetString(ProcessFiles.Read($"/proc/{processId}/status") ?? []).Split('\n'))
        {
            if (line.StartsWith("NSpid:", StringComparison.Ordinal)) inside = line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[^1].Trim();
        }

        _path = PathOf(ProcessFiles.RootLink(processId), inside);
        Owner = FileOwner.Of($"/proc/{processId}/status");
    }

    private uint? Owner { get; }

    /// <summary>Where a process leaves its map: a fixed place below the root directory that it sees, whatever its environment says.</summary>
    /// <param name="root">That directory, as it can be opened from here.</param>
    /// <param name="process">The process's number as it knows itself.</param>
    internal static string PathOf(string root, string process) => Path.Combine(root, "tmp", $"perf-{process}.map");

    /// <summary>What the file lists now; <paramref name="known"/> itself if nothing is new.</summary>
    internal PerfMap Update(PerfMap known)
    {
        // Anyone may make files in /tmp: names for a process's code are taken only from its own user and from root (as perf does).
        if (FileOwner.Of(_path) is not { } owner || (owner != 0 && owner != Owner)) return known;
        if (!FileBytes.TryOpen(_path, out FileBytes? file, out _)) return known;
        using (file)
        {
            bool isSame = file.Identity.Inode == _identity.Inode && file.Identity.Device == _identity.Device && file.Length >= _read;
            if (!isSame) (known, _read) = (PerfMap.Empty, 0);
            _identity = file.Identity;
            long length = Math.Min(file.Length, PerfMap.MaxFile) - _read;
            if (length <= 0 || !file.TryRead((ulong)_read, (ulong)length, out ReadOnlyMemory<byte> bytes)) return known;
            int whole = bytes.Span.LastIndexOf((byte)'\n') + 1; // the last line may be half written
            _read += whole;
            return known.Append(bytes.Span[..whole]);
        }
    }
}
