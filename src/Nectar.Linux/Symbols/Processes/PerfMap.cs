// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Text;
using System.Text;
using Nectar.Linux.Symbols.Elf;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>
/// Code that a process's compiler made at run time, as <c>perf-PID.map</c> lists it: lines <c>START SIZE NAME</c> in hexadecimal (kernel:
/// <c>tools/perf/Documentation/jit-interface.txt</c>; .NET with <c>DOTNET_PerfMapEnabled=1</c>, Node with <c>--perf-basic-prof</c>).
/// The file grows while the process runs; what comes later is right, where ranges meet. Immutable; <see cref="Append"/> makes a new one.
/// </summary>
internal sealed class PerfMap
{
    /// <summary>More of a file is not read: a hostile process must not fill our memory.</summary>
    internal const long MaxFile = 256 << 20;

    private const int MaxSteps = 32, MaxName = 4096;

    internal static readonly PerfMap Empty = new([], [], [], [], []);

    // by start, and of one start the one that was written last; names as offset and length in the text
    private readonly ulong[] _starts;
    private readonly uint[] _sizes;
    private readonly uint[] _names;
    private readonly ushort[] _lengths;
    private readonly byte[] _text;

    private PerfMap(ulong[] starts, uint[] sizes, uint[] names, ushort[] lengths, byte[] text) => (_starts, _sizes, _names, _lengths, _text) = (starts, sizes, names, lengths, text);

    internal int Count => _starts.Length;

    internal long Bytes => (_starts.Length * 18L) + _text.Length;

    /// <summary>The function that holds an address; -1 if there is none.</summary>
    internal int Find(ulong address, out ulong offset)
    {
        int at = _starts.AsSpan().BinarySearch(address);
        if (at < 0) at = ~at - 1;
        for (int step = 0; at >= 0 && step < MaxSteps; at--, step++)
        {
            offset = address - _starts[at];
            if (offset < _sizes[at]) return at;
        }

        offset = 0;
        return -1;
    }

    internal string Name(int index) => Encoding.UTF8.GetString(_text.AsSpan((int)_names[index], _lengths[index]));

    internal ulong Start(int index) => _starts[index];

    /// <summary>This map and further whole lines.</summary>
    internal PerfMap Append(ReadOnlySpan<byte> lines)
    {
        List<(ulong Start, uint Size, uint Name, ushort Length)> added = [];
        byte[] text = new byte[_text.Length + lines.Length];
        _text.CopyTo(text, 0);
        int used = _text.Length;
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? lines : lines[..end];
            lines = end < 0 ? default : lines[(end + 1)..];
            if (!TryHex(ref line, out ulong start) || !TryHex(ref line, out ulong size)) continue;
            ReadOnlySpan<byte> name = line.Trim((byte)' ');
            if (name.EndsWith("\r"u8)) name = name[..^1];
            if (name.IsEmpty || size is 0 or > uint.MaxValue) continue;
            if (name.Length > MaxName) name = name[..MaxName];
            name.CopyTo(text.AsSpan(used));
            added.Add((start, (uint)size, (uint)used, (ushort)name.Length));
            used += name.Length;
        }

        if (added.Count == 0) return this;
        Array.Resize(ref text, used);
        return Merge(added, text);
    }

    private PerfMap Merge(List<(ulong Start, uint Size, uint Name, ushort Length)> added, byte[] text)
    {
        int count = _starts.Length + added.Count;
        ulong[] starts = new ulong[count];
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            starts[i] = i < _starts.Length ? _starts[i] : added[i - _starts.Length].Start;
            order[i] = i;
        }

        Array.Sort(starts, order);
        (ulong[] Starts, uint[] Sizes, uint[] Names, ushort[] Lengths) kept = (new ulong[count], new uint[count], new uint[count], new ushort[count]);
        int used = 0;
        for (int first = 0, next; first < count; first = next)
        {
            int newest = order[first];
            for (next = first + 1; next < count && starts[next] == starts[first]; next++) newest = Math.Max(newest, order[next]);
            var (_, size, name, length) = newest < _starts.Length ? (_starts[newest], _sizes[newest], _names[newest], _lengths[newest]) : added[newest - _starts.Length];
            (kept.Starts[used], kept.Sizes[used], kept.Names[used], kept.Lengths[used]) = (starts[first], size, name, length);
            used++;
        }

        return new PerfMap(kept.Starts[..used], kept.Sizes[..used], kept.Names[..used], kept.Lengths[..used], text);
    }

    private static bool TryHex(ref ReadOnlySpan<byte> line, out ulong value)
    {
        line = line.TrimStart((byte)' ');
        if (line.StartsWith("0x"u8)) line = line[2..];
        if (!Utf8Parser.TryParse(line, out value, out int used, 'x') || used >= line.Length || line[used] != ' ') return false;
        line = line[(used + 1)..];
        return true;
    }
}
