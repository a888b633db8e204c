// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Processors that XDP programs redirect to. Kernel 4.15.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(16, Key = typeof(uint), Value = typeof(CpuMapValue))]
public sealed unsafe class CpuMap([MaxEntries] int maxEntries) : Map(MapType.CpuMap, sizeof(uint), sizeof(CpuMapValue), maxEntries)
{
    /// <summary>The packet goes where an entry says; return its result. Kernel 4.14.</summary>
    /// <param name="cpu">The entry.</param>
    /// <param name="flags">In the low bits the verdict where there is no such entry (kernel 5.3); <c>BPF_F_BROADCAST</c> (8) and <c>BPF_F_EXCLUDE_INGRESS</c> (16) for device maps (5.14).</param>
    public XdpAction Redirect(uint cpu, ulong flags = 0) => (XdpAction)Bpf.RedirectMap(this, cpu, flags);

    /// <summary>For user space: sets an entry.</summary>
    public void Set(uint cpu, CpuMapValue value) => new MapView<uint, CpuMapValue>(Live).Set(cpu, value);
}

/// <summary>An entry of a processor map (<c>struct bpf_cpumap_val</c>).</summary>
public struct CpuMapValue
{
    /// <summary>Packets that may wait.</summary>
    public uint QueueSize;

    /// <summary>The descriptor of a program that runs on the processor (in look-ups its id); 0 for none. Kernel 5.9.</summary>
    public uint Program;
}
