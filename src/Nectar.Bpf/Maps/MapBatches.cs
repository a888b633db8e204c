// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// A walk over a map in batches, with its buffers: they grow from a few elements to many as the map turns out to be large, and
/// where one bucket of the map has more than fit.
/// </summary>
internal sealed class MapBatches<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    // Small enough for the nursery of the garbage collector, large enough that the calls cost nothing beside the copies.
    private const int First = 256, MostBytes = 1 << 16;

    private readonly BpfMap _map;
    private readonly bool _remove;
    private readonly int _valuesPerKey, _most;
    private readonly MapCursor _cursor = new();
    private bool _isDone, _isGrowing, _isFull;
    private Errno _problem;

    /// <summary>Begins a walk.</summary>
    /// <param name="map">Its key has the size of <typeparamref name="TKey"/>.</param>
    /// <param name="remove">Remove what is copied.</param>
    /// <param name="valuesPerKey"><typeparamref name="TValue"/>s in a value as users see it.</param>
    internal MapBatches(BpfMap map, bool remove = false, int valuesPerKey = 1)
    {
        (_map, _remove, _valuesPerKey) = (map, remove, valuesPerKey);
        int elementSize = Unsafe.SizeOf<TKey>() + (Unsafe.SizeOf<TValue>() * valuesPerKey);
        _most = Math.Max(1, MostBytes / elementSize);
        Keys = new TKey[Math.Min(First, _most)];
        Values = new TValue[Keys.Length * valuesPerKey];
    }

    internal TKey[] Keys { get; private set; }

    internal TValue[] Values { get; private set; }

    /// <summary>Copies the next elements into <see cref="Keys"/> and <see cref="Values"/>.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="MapException">The map cannot be walked, or changes faster than it can be read. What was copied before was handed out.</exception>
    internal bool Next(out int count)
    {
        count = 0;
        while (!_isDone)
        {
            if (_isGrowing) Grow(_isFull ? Keys.Length * 2 : Math.Min(Keys.Length * 4, _most));
            Span<byte> keys = MemoryMarshal.AsBytes(Keys.AsSpan()), values = MemoryMarshal.AsBytes(Values.AsSpan());
            Errno errno = _remove ? _map.LookupAndDeleteBatch(_cursor, keys, values, out count) : _map.LookupBatch(_cursor, keys, values, out count);
            _isDone = errno is not (Errno.None or Errno.ENOSPC);
            _isFull = errno == Errno.ENOSPC;
            _isGrowing = _isFull || (errno == Errno.None && Keys.Length < _most);
            if (_isDone && errno != Errno.ENOENT) _problem = errno;
            if (count > 0) return true;
        }

        return _problem == Errno.None ? false : throw new MapException(_map, _remove ? "look-up and delete" : "walk", _problem);
    }

    private void Grow(int count)
    {
        Keys = GC.AllocateUninitializedArray<TKey>(count);
        Values = GC.AllocateUninitializedArray<TValue>(count * _valuesPerKey);
    }
}
