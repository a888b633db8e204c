// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Nectar.Linux.Symbols;

/// <summary>What a cache did and holds.</summary>
/// <param name="Hits">Look-ups that found what they wanted.</param>
/// <param name="Misses">Look-ups that had to load.</param>
/// <param name="Evictions">Entries that were dropped for room.</param>
/// <param name="Count">Entries that it holds.</param>
/// <param name="Bytes">What they take.</param>
/// <param name="MaxBytes">What they may take.</param>
public readonly record struct CacheStatistics(long Hits, long Misses, long Evictions, int Count, long Bytes, long MaxBytes);

/// <summary>
/// Keeps loaded things up to a number of bytes; the one that was not used for longest goes first. Look-ups take no lock; each key is
/// loaded once, however many threads ask. The newest entry stays even if it alone is too large: what was just asked for is in use.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(long maxBytes, Func<TValue, long> sizeOf)
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = [];
    private readonly Lock _evicting = new();
    private long _clock, _hits, _misses, _evictions, _bytes;

    internal CacheStatistics Statistics => new(Volatile.Read(ref _hits), Volatile.Read(ref _misses), Volatile.Read(ref _evictions), _entries.Count, Volatile.Read(ref _bytes), maxBytes);

    internal bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        bool found = _entries.TryGetValue(key, out Entry? entry) && entry.Value is not null;
        value = found ? Use(entry!).Value : null;
        if (found) Interlocked.Increment(ref _hits);
        return found;
    }

    internal TValue GetOrLoad<TState>(TKey key, TState state, Func<TKey, TState, TValue> load)
    {
        if (_entries.TryGetValue(key, out Entry? entry) && entry.Value is { } known)
        {
            Interlocked.Increment(ref _hits);
            Use(entry);
            return known;
        }

        Interlocked.Increment(ref _misses);
        entry = Use(_entries.GetOrAdd(key, static _ => new Entry()));
        TValue value;
        lock (entry)
        {
            value = entry.Value ??= load(key, state);
        }

        if (Interlocked.CompareExchange(ref entry.Size, sizeOf(value), -1) == -1 && Interlocked.Add(ref _bytes, entry.Size) > maxBytes) Evict(entry);
        return value;
    }

    internal void Remove(TKey key)
    {
        if (_entries.TryRemove(key, out Entry? entry)) Interlocked.Add(ref _bytes, -Math.Max(0, Interlocked.Exchange(ref entry.Size, 0)));
    }

    /// <summary>Takes account of an entry that grew or shrank.</summary>
    internal void Resized(TKey key)
    {
        if (!_entries.TryGetValue(key, out Entry? entry) || entry.Value is not { } value) return;
        long size = sizeOf(value), before = Interlocked.Exchange(ref entry.Size, size);
        if (Interlocked.Add(ref _bytes, size - Math.Max(0, before)) > maxBytes) Evict(entry);
    }

    internal IEnumerable<TValue> Values => _entries.Values.Select(entry => entry.Value).OfType<TValue>();

    private Entry Use(Entry entry)
    {
        entry.LastUse = Interlocked.Increment(ref _clock);
        return entry;
    }

    private void Evict(Entry newest)
    {
        lock (_evicting)
        {
            foreach ((TKey key, Entry entry) in _entries.ToArray().OrderBy(pair => pair.Value.LastUse)) // the dictionary's own snapshot: others add meanwhile
            {
                if (Volatile.Read(ref _bytes) <= maxBytes) return;
                if (ReferenceEquals(entry, newest) || Volatile.Read(ref entry.Size) < 0) continue;
                if (!_entries.TryRemove(new KeyValuePair<TKey, Entry>(key, entry))) continue;
                Interlocked.Add(ref _bytes, -Interlocked.Exchange(ref entry.Size, 0));
                _evictions++;
            }
        }
    }

    private sealed class Entry
    {
        internal volatile TValue? Value;
        internal long LastUse, Size = -1; // -1: not counted yet
    }
}
