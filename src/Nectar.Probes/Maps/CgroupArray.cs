// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Cgroups to ask about. Kernel 4.8.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(8, Key = typeof(uint), Value = typeof(uint))]
public sealed unsafe class CgroupArray([MaxEntries] int maxEntries) : Map(MapType.CgroupArray, sizeof(uint), sizeof(uint), maxEntries)
{
    /// <summary>True if the current process is in the cgroup of an entry or below. Kernel 4.9.</summary>
    public bool ContainsCurrentTask(uint index) => Bpf.CurrentTaskUnderCgroup(this, index) == 1;

    /// <summary>True if the packet's socket is in the cgroup of an entry or below. Traffic control programs. Kernel 4.8.</summary>
    public bool Contains(SkbContext skb, uint index) => Bpf.SkbUnderCgroup(skb.Pointer, this, index) == 1;
}
