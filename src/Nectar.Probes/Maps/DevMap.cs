// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Network devices that XDP programs redirect to. Kernel 4.14.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(14, Key = typeof(uint), Value = typeof(DevMapValue))]
public sealed unsafe class DevMap([MaxEntries] int maxEntries) : Map(MapType.DevMap, sizeof(uint), sizeof(DevMapValue), maxEntries)
{
    /// <summary>The packet goes where an entry says; return its result. Kernel 4.14.</summary>
    /// <param name="index">The entry.</param>
    /// <param name="flags">In the low bits the verdict where there is no such entry (kernel 5.3); <c>BPF_F_BROADCAST</c> (8) and <c>BPF_F_EXCLUDE_INGRESS</c> (16) for device maps (5.14).</param>
    public XdpAction Redirect(uint index, ulong flags = 0) => (XdpAction)Bpf.RedirectMap(this, index, flags);

    /// <summary>For user space: sets an entry.</summary>
    public void Set(uint index, DevMapValue value) => new MapView<uint, DevMapValue>(Live).Set(index, value);
}

/// <summary>An entry of a device map (<c>struct bpf_devmap_val</c>).</summary>
public struct DevMapValue
{
    /// <summary>The index of the interface.</summary>
    public uint Interface;

    /// <summary>The descriptor of a program that runs behind the redirect (in look-ups its id); 0 for none. Kernel 5.8.</summary>
    public uint Program;
}
