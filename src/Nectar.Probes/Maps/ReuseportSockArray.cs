// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Sockets of a reuseport group, for <see cref="SkReuseportContext"/>. Kernel 4.19.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(20, Key = typeof(uint), Value = typeof(ulong))]
public sealed unsafe class ReuseportSockArray([MaxEntries] int maxEntries) : Map(MapType.ReuseportSockArray, sizeof(uint), sizeof(ulong), maxEntries)
{
    /// <summary>For user space: the live map.</summary>
    public MapView<uint, ulong> View => new(Live);
}
