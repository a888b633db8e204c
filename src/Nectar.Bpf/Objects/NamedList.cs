// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Nectar.Bpf.Objects;

/// <summary>Things in order that are also found by name; the first of two with the same name is found.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed class NamedList<T> : IReadOnlyList<T>
    where T : class
{
    private readonly List<T> _items = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly Func<T, string> _name;

    /// <summary>Makes an empty list.</summary>
    /// <param name="name">Gives the name of an item; it must not change while the item is listed.</param>
    public NamedList(Func<T, string> name) => _name = name;

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <summary>Finds an item by name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists the names there are.</exception>
    public T this[string name] => TryGet(name, out T? item)
        ? item
        : throw new KeyNotFoundException($"no '{name}' here; there are: {string.Join(", ", _items.Take(20).Select(_name))}");

    /// <summary>Finds an item by name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out T? item)
    {
        bool found = _index.TryGetValue(name, out int at);
        item = found ? _items[at] : null;
        return found;
    }

    /// <summary>The position of a name, or -1.</summary>
    public int IndexOf(string name) => _index.TryGetValue(name, out int at) ? at : -1;

    /// <summary>Adds an item at the end.</summary>
    public void Add(T item)
    {
        _index.TryAdd(_name(item), _items.Count);
        _items.Add(item);
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
