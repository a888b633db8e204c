// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Network devices that XDP programs redirect to, by any number. Kernel 5.4.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(25, Key = typeof(uint), Value = typeof(DevMapValue))]
public sealed unsafe class DevMapHash([MaxEntries] int maxEntries) : Map(MapType.DevMapHash, sizeof(uint), sizeof(DevMapValue), maxEntries)
{
    /// <summary>The packet goes where an entry says; return its result. Kernel 4.14.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="flags">In the low bits the verdict where there is no such entry (kernel 5.3); <c>BPF_F_BROADCAST</c> (8) and <c>BPF_F_EXCLUDE_INGRESS</c> (16) for device maps (5.14).</param>
    public XdpAction Redirect(uint key, ulong flags = 0) => (XdpAction)Bpf.RedirectMap(this, key, flags);

    /// <summary>For user space: sets an entry.</summary>
    public void Set(uint key, DevMapValue value) => new MapView<uint, DevMapValue>(Live).Set(key, value);
}
