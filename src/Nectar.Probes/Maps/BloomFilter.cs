// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>A set that sometimes claims to have what it has not, and never the other way round. Kernel 5.16.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="maxEntries">Values that it is made for.</param>
/// <param name="hashes">Hash functions, 1 to 15; 0 for the kernel's choice (5).</param>
[MapType(30)]
public sealed unsafe class BloomFilter<[MapValue] TValue>([MaxEntries] int maxEntries, [MapExtra] int hashes = 0) : Map(MapType.BloomFilter, 0, sizeof(TValue), maxEntries, 0, (ulong)hashes)
    where TValue : unmanaged
{
    /// <summary>Adds a value.</summary>
    public bool Add(in TValue value) => Raw.MapPush(this, in value, 0) == 0;

    /// <summary>False if the value was never added; true if it probably was.</summary>
    public bool MayContain(in TValue value)
    {
        TValue copy = value;
        return Raw.MapPeek(this, ref copy) == 0;
    }

    /// <summary>For user space: the live map.</summary>
    public BloomFilterView<TValue> View => new(Live);
}
