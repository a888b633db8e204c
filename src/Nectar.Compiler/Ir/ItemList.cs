// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>A growing list inside its owner, of which there are too many for objects of their own. Never copied; read as <see cref="Items"/>.</summary>
internal struct ItemList<T>
    where T : class
{
    private T[] _items;

    public ItemList(int capacity) => _items = capacity == 0 ? [] : new T[capacity];

    public int Count { get; private set; }

    public readonly Items<T> Items => new(_items, Count);

    public readonly Items<T> First(int count) => new(_items, count);

    public readonly ReadOnlySpan<T> Span => new(_items, 0, Count);

    public readonly T this[int index]
    {
        get => _items[index];
        set => _items[index] = value;
    }

    public void Add(T item)
    {
        if (Count == _items.Length) Grow(Count + 1);
        _items[Count++] = item;
    }

    public void AddRange(ReadOnlySpan<T> items)
    {
        if (Count + items.Length > _items.Length) Grow(Count + items.Length);
        items.CopyTo(_items.AsSpan(Count));
        Count += items.Length;
    }

    public void Insert(int index, T item)
    {
        if (Count == _items.Length) Grow(Count + 1);
        Array.Copy(_items, index, _items, index + 1, Count - index);
        _items[index] = item;
        Count++;
    }

    public void RemoveAt(int index)
    {
        Array.Copy(_items, index + 1, _items, index, --Count - index);
        _items[Count] = null!;
    }

    /// <summary>Drops everything from an index on.</summary>
    public void Truncate(int count)
    {
        Array.Clear(_items, count, Count - count);
        Count = count;
    }

    public readonly int IndexOf(T item) => Array.IndexOf(_items, item, 0, Count);

    public readonly int LastIndexOf(T item)
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_items[i], item)) return i;
        }

        return -1;
    }

    private void Grow(int least)
    {
        T[] larger = new T[Math.Max(least, Math.Max(2, _items.Length * 2))];
        Array.Copy(_items, larger, Count);
        _items = larger;
    }
}
