// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>A key of an <see cref="LpmTrie{TKey, TValue}"/>: how many bits count, and the bytes in network order.</summary>
/// <typeparam name="T">The bytes: <see cref="BigEndian32"/> for IPv4, <see cref="IPv6Address"/> for IPv6.</typeparam>
/// <param name="prefixLength">Bits that count.</param>
/// <param name="data">The bytes.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct LpmKey<T>(uint prefixLength, T data)
    where T : unmanaged
{
    /// <summary>Bits that count; in a look-up all that the bytes have.</summary>
    public uint PrefixLength = prefixLength;

    /// <summary>The bytes.</summary>
    public T Data = data;
}

/// <summary>Prefixes: a look-up finds the longest that fits, as routes do. Kernel 4.11.</summary>
/// <typeparam name="TKey">An <see cref="LpmKey{T}"/>, or a struct that begins with the number of bits.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="maxEntries">Most prefixes.</param>
[MapType(11, Flags = 1)]
public sealed unsafe class LpmTrie<[MapKey] TKey, [MapValue] TValue>([MaxEntries] int maxEntries)
    : Map(MapType.LpmTrie, sizeof(TKey), sizeof(TValue), maxEntries, (uint)MapOptions.NoPreallocation), IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Finds the value of the longest prefix that fits a key, whose length says how many bits are compared: all of them, as a rule.</summary>
    public bool TryFind(in TKey key, out Ref<TValue> value)
    {
        value = new Ref<TValue>(ref Unsafe.AsRef<TValue>(Raw.MapLookup(this, in key)));
        return !value.IsNull;
    }

    /// <summary>Sets the value of a prefix. False if the map is full.</summary>
    public bool Set(in TKey prefix, in TValue value) => Raw.MapUpdate(this, in prefix, in value, (ulong)MapUpdate.Any) == 0;

    /// <summary>Removes a prefix. False if it was not there.</summary>
    public bool Remove(in TKey prefix) => Raw.MapDelete(this, in prefix) == 0;

    /// <summary>For user space: copies the value of the longest prefix that fits.</summary>
    public bool TryGet(TKey key, out TValue value) => View.TryGet(key, out value);

    /// <summary>For user space: the live map.</summary>
    public MapView<TKey, TValue> View => new(Live);

    /// <summary>For user space: walks over the prefixes.</summary>
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => View.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
