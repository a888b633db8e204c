// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>What a process has mapped, as it was at one moment (<c>/proc/PID/maps</c>, proc_pid_maps(5)). Immutable and thread-safe.</summary>
public sealed class ProcessMaps
{
    private readonly MappedRegion[] _regions;

    private ProcessMaps(int processId, MappedRegion[] regions) => (ProcessId, _regions) = (processId, regions);

    /// <summary>The process.</summary>
    public int ProcessId { get; }

    /// <summary>All regions by address.</summary>
    public IReadOnlyList<MappedRegion> Regions => _regions;

    /// <summary>Reads what a process has mapped now.</summary>
    /// <exception cref="ObjectFormatException">NEC4409: the process is gone, or it belongs to someone else.</exception>
    public static ProcessMaps Read(int processId) => TryRead(processId, out ProcessMaps? maps)
        ? maps
        : throw new ObjectFormatException(Diagnostic.Error(SymbolCodes.Process, $"process {processId}: read /proc/{processId}/maps: it is gone or not ours to look into", "help: needs CAP_SYS_PTRACE for another user's process"));

    /// <summary>As <see cref="Read"/>; false if that is not possible.</summary>
    public static bool TryRead(int processId, [NotNullWhen(true)] out ProcessMaps? maps)
    {
        maps = ProcessFiles.Read($"/proc/{processId}/maps") is { } text ? Parse(processId, text) : null;
        return maps is not null;
    }

    /// <summary>Reads the text of a maps file; lines that are none are left out.</summary>
    internal static ProcessMaps Parse(int processId, ReadOnlySpan<byte> text)
    {
        List<MappedRegion> regions = [];
        string lastPath = "";
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (TryLine(line, ref lastPath, out MappedRegion region)) regions.Add(region);
        }

        // the kernel writes them in order; a text from elsewhere may not be
        MappedRegion[] sorted = [.. regions];
        Array.Sort(sorted, static (a, b) => a.Start.CompareTo(b.Start));
        return new ProcessMaps(processId, sorted);
    }

    /// <summary>The region that holds an address.</summary>
    public bool TryFind(ulong address, out MappedRegion region)
    {
        int low = 0, high = _regions.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref readonly MappedRegion candidate = ref _regions[middle];
            if (address < candidate.Start) high = middle - 1;
            else if (address >= candidate.End) low = middle + 1;
            else
            {
                region = candidate;
                return true;
            }
        }

        region = default;
        return false;
    }

    private static bool TryLine(ReadOnlySpan<byte> line, ref string lastPath, out MappedRegion region)
    {
        region = default;
        if (!TryHex(ref line, (byte)'-', out ulong start) || !TryHex(ref line, (byte)' ', out ulong end) || end <= start || line.Length < 5) return false;
        bool executable = line[2] == 'x';
        line = line[5..];
        if (!TryHex(ref line, (byte)' ', out ulong offset) || !TryHex(ref line, (byte)':', out ulong major) || !TryHex(ref line, (byte)' ', out ulong minor)) return false;
        if (!Utf8Parser.TryParse(line, out ulong inode, out int used)) return false;
        line = line[used..].TrimStart((byte)' ');
        bool deleted = line.EndsWith(" (deleted)"u8);
        if (deleted) line = line[..^10];
        // most lines repeat the path before them: one string for all of those
        string path = line.IsEmpty ? "" : Same(line, lastPath) ? lastPath : Unescape(line);
        if (path.Length > 0) lastPath = path;
        region = new MappedRegion(start, end, offset, (major << 32) | minor, inode, executable, path, deleted);
        return true;
    }

    private static bool Same(ReadOnlySpan<byte> bytes, string text) => Ascii.Equals(bytes, text);

    /// <summary>The kernel writes a line feed in a path as <c>\012</c>, and nothing else so.</summary>
    private static string Unescape(ReadOnlySpan<byte> path) => Encoding.UTF8.GetString(path).Replace("\\012", "\n", StringComparison.Ordinal);

    private static bool TryHex(ref ReadOnlySpan<byte> line, byte end, out ulong value)
    {
        if (!Utf8Parser.TryParse(line, out value, out int used, 'x') || used >= line.Length || line[used] != end) return false;
        line = line[(used + 1)..];
        return true;
    }
}
