// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Syscalls;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing;

/// <summary>Maps as they fit into a terminal: of maps that are too long the least entries are left out, and lines are cut at its edge.</summary>
internal static class MapScreen
{
    private const int TabStop = 8;

    /// <summary>Lines and columns of the terminal that standard output goes to; zeros if it is none, or does not say.</summary>
    public static unsafe (int Rows, int Columns) Size()
    {
        const int StandardOutput = 1;
        const ulong GetWindowSize = 0x5413;
        ushort* size = stackalloc ushort[4]; // struct winsize
        return Libc.Ioctl(StandardOutput, GetWindowSize, (nint)size) == 0 ? (size[0], size[1]) : default;
    }

    /// <summary>Writes what fits.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="maps">Their entries ascend: the last are the greatest.</param>
    /// <param name="rows">Lines of the terminal; the last one stays empty. 0 if nobody knows.</param>
    /// <param name="columns">Its width; 0 if nobody knows.</param>
    public static void Write(Utf8Buffer to, IReadOnlyCollection<MapResult> maps, int rows, int columns)
    {
        Utf8Buffer text = new();
        int most = maps.Count == 0 ? 0 : maps.Max(map => map.Entries.Length);
        if (rows > 0) most = Math.Min(most, rows); // an entry takes a line at least
        do
        {
            text.Clear();
            foreach (MapResult map in maps) TextFormat.WriteMap(text, Greatest(map, most));
        }
        while (rows > 0 && text.Written.Count((byte)'\n') >= rows && --most > 0);

        ReadOnlySpan<byte> rest = text.Written;
        for (int row = 1; !rest.IsEmpty && (rows <= 0 || row < rows); row++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            to.Append(columns > 0 ? line[..Fitting(line, columns)] : line);
            to.Append((byte)'\n');
        }
    }

    private static MapResult Greatest(MapResult map, int most) => map.Entries.Length <= most ? map : new MapResult(map.Name, map.Kind, map.IsScalar, map.Entries[^most..]);

    /// <summary>Bytes of a line that take no more columns than there are.</summary>
    private static int Fitting(ReadOnlySpan<byte> line, int columns)
    {
        int column = 0, at = 0;
        while (at < line.Length)
        {
            Rune.DecodeFromUtf8(line[at..], out Rune rune, out int length);
            column = rune.Value == '\t' ? (column + TabStop) / TabStop * TabStop : column + 1;
            if (column > columns) break;
            at += length;
        }

        return at;
    }
}
