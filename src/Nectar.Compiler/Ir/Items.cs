// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;

namespace Nectar.Compiler.Ir;

/// <summary>
/// What a list of the representation holds at one moment, read without a call through an interface: passes do little else. What is put behind the
/// end later is not seen; what moves inside moves here too.
/// </summary>
internal readonly struct Items<T>(T[] items, int count) : IReadOnlyList<T>
    where T : class
{
    private readonly T[] _items = items;

    public int Count { get; } = count;

    public T this[int index] => index < Count ? _items[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public ReadOnlySpan<T> Span => new(_items, 0, Count);

    public Enumerator GetEnumerator() => new(_items, Count);

    public int IndexOf(T item) => Array.IndexOf(_items, item, 0, Count);

    public bool Contains(T item) => IndexOf(item) >= 0;

    /// <summary>How often an item is there.</summary>
    public int CountOf(T item)
    {
        int count = 0;
        foreach (T other in this)
        {
            if (ReferenceEquals(other, item)) count++;
        }

        return count;
    }

    public bool Any(Func<T, bool> predicate)
    {
        foreach (T item in this)
        {
            if (predicate(item)) return true;
        }

        return false;
    }

    public bool All(Func<T, bool> predicate)
    {
        foreach (T item in this)
        {
            if (!predicate(item)) return false;
        }

        return true;
    }

    public T[] ToArray() => Span.ToArray();

    IEnumerator<T> IEnumerable<T>.GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<T>)this).GetEnumerator();

    /// <summary>Goes through the items.</summary>
    internal struct Enumerator(T[] items, int count)
    {
        private int _index = -1;

        public readonly T Current => items[_index];

        public bool MoveNext() => ++_index < count;
    }
}
