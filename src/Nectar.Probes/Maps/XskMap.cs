// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>AF_XDP sockets that XDP programs redirect to, by queue. Kernel 4.18.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(17, Key = typeof(uint), Value = typeof(uint))]
public sealed unsafe class XskMap([MaxEntries] int maxEntries) : Map(MapType.XskMap, sizeof(uint), sizeof(uint), maxEntries)
{
    /// <summary>The packet goes where an entry says; return its result. Kernel 4.14.</summary>
    /// <param name="queue">The entry.</param>
    /// <param name="flags">In the low bits the verdict where there is no such entry (kernel 5.3); <c>BPF_F_BROADCAST</c> (8) and <c>BPF_F_EXCLUDE_INGRESS</c> (16) for device maps (5.14).</param>
    public XdpAction Redirect(uint queue, ulong flags = 0) => (XdpAction)Bpf.RedirectMap(this, queue, flags);

    /// <summary>True if there is a socket. Kernel 5.3.</summary>
    public bool Contains(uint queue) => Raw.MapLookup(this, in queue) != null;
}
