// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Values;

/// <summary>A map's content at one moment.</summary>
public sealed class MapResult(string name, MapResultKind kind, bool isScalar, ImmutableArray<KeyValuePair<TraceValue, TraceValue>> entries)
{
    /// <summary>With the <c>@</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What it holds.</summary>
    public MapResultKind Kind { get; } = kind;

    /// <summary>It has no keys: at most one entry, whose key is <see cref="NullValue"/>.</summary>
    public bool IsScalar { get; } = isScalar;

    /// <summary>Keys and values in the order in which they are printed: ascending by value, or by key where values have no order.</summary>
    public ImmutableArray<KeyValuePair<TraceValue, TraceValue>> Entries { get; } = entries;

    /// <summary>The value of a scalar map; null if it has none yet.</summary>
    public TraceValue? Value => IsScalar && Entries.Length != 0 ? Entries[0].Value : null;
}
