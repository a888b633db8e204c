// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Bpf.Maps;

/// <summary>
/// A number that programs raise when they could not write an event. The kernel's ring buffer counts nothing itself, so a program that
/// wants its losses seen adds one where <c>bpf_ringbuf_reserve</c> gives null (or <c>bpf_ringbuf_output</c> an error).
/// </summary>
public abstract class LossCounter
{
    /// <summary>The number now.</summary>
    public abstract long Read();

    /// <summary>An 8-byte number in an array or per-CPU array; of the latter the sum over all processors.</summary>
    /// <param name="map">The array.</param>
    /// <param name="index">Its element.</param>
    /// <param name="offset">Bytes in the element (of one processor) before the number: where a global variable is in its data section.</param>
    /// <exception cref="ArgumentException">The map is no array, or the number is not inside its element.</exception>
    public static LossCounter FromMap(BpfMap map, uint index = 0, int offset = 0)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Definition.Type is not (Objects.MapType.Array or Objects.MapType.PerCpuArray)) throw new ArgumentException($"map '{map.Name}' is a {map.Definition.Type}: a counter is in an array or per-CPU array", nameof(map));
        if (index >= map.Definition.MaxEntries || offset < 0 || offset + 8L > map.Definition.ValueSize) throw new ArgumentException($"map '{map.Name}' has no 8 bytes at {offset} of element {index}", nameof(map));
        return new MapCounter(map, index, offset);
    }

    /// <summary>A number from elsewhere.</summary>
    public static LossCounter From(Func<long> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return new CallbackCounter(read);
    }

    /// <summary>
    /// Finds the counter by its name: a map <c>RING_lost</c> (array or per-CPU array of 8-byte numbers, element 0), or a global variable
    /// <c>RING_lost</c> of 8 bytes; null if there is none.
    /// </summary>
    /// <param name="ring">The ring buffer.</param>
    /// <param name="maps">All maps of the loaded object.</param>
    /// <param name="source">The object, for its variables; null to look at maps alone.</param>
    public static LossCounter? Find(BpfMap ring, IEnumerable<BpfMap> maps, Objects.BpfObject? source = null)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(maps);
        string wanted = ring.Name + "_lost";
        Objects.GlobalVariable? variable = source?.Globals.FirstOrDefault(v => v.Name == wanted && v.Size == 8);
        foreach (BpfMap map in maps)
        {
            if (map.Definition.Type is not (Objects.MapType.Array or Objects.MapType.PerCpuArray)) continue;
            if (map.Name == wanted && map.Definition.ValueSize >= 8) return FromMap(map);
            if (variable is not null && map.Name == variable.Map.Name) return FromMap(map, 0, variable.Offset);
        }

        return null;
    }

    private sealed class MapCounter(BpfMap map, uint index, int offset) : LossCounter
    {
        private readonly byte[] _value = new byte[map.UserValueSize];

        public override long Read()
        {
            lock (_value)
            {
                Span<byte> key = stackalloc byte[4];
                BinaryPrimitives.WriteUInt32LittleEndian(key, index);
                if (map.Lookup(key, _value) is var errno && errno != Errno.None) throw new MapException(map, "read the counter of lost events", errno);
                int stride = map.Definition.Type == Objects.MapType.PerCpuArray ? (int)MapMemory.Round8(map.Definition.ValueSize) : _value.Length;
                long sum = 0;
                for (int i = 0; i + stride <= _value.Length; i += stride) sum += BinaryPrimitives.ReadInt64LittleEndian(_value.AsSpan(i + offset));
                return sum;
            }
        }
    }

    private sealed class CallbackCounter(Func<long> read) : LossCounter
    {
        public override long Read() => read();
    }
}
