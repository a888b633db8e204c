// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Sockets whose data programs decide about, by index. Kernel 4.14.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(15, Key = typeof(uint), Value = typeof(uint))]
public sealed unsafe class SockMap([MaxEntries] int maxEntries) : Map(MapType.SockMap, sizeof(uint), sizeof(uint), maxEntries)
{
    /// <summary>The packet goes to a socket; return its result. Kernel 4.14.</summary>
    /// <param name="skb">The packet.</param>
    /// <param name="index">The socket.</param>
    /// <param name="flags"><see cref="Bpf.Ingress"/> to be received there, 0 to be sent.</param>
    public SkAction Redirect(SkbContext skb, uint index, ulong flags = 0) => (SkAction)RawSockets.SkRedirectMap(skb.Pointer, this, index, flags);

    /// <summary>Finds a socket, which must be released with <see cref="Bpf.SkRelease"/>; null if there is none. Kernel 5.7.</summary>
    public bpf_sock* Find(uint index) => (bpf_sock*)Raw.MapLookup(this, in index);

    /// <summary>Puts a socket into the map. Kernel 5.9, tracing and iterator programs.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long Set(uint index, bpf_sock* socket, MapUpdate flags = MapUpdate.Any) => RawSockets.MapUpdateSocket(this, in index, socket, (ulong)flags);

    /// <summary>Removes a socket. False if it was not there.</summary>
    public bool Remove(uint index) => Raw.MapDelete(this, in index) == 0;
}
