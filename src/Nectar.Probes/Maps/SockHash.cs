// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Sockets whose data programs decide about, by key. Kernel 4.18.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <param name="maxEntries">Entries.</param>
[MapType(18, Value = typeof(uint))]
public sealed unsafe class SockHash<[MapKey] TKey>([MaxEntries] int maxEntries) : Map(MapType.SockHash, sizeof(TKey), sizeof(uint), maxEntries)
    where TKey : unmanaged
{
    /// <summary>The packet goes to a socket; return its result. Kernel 4.14.</summary>
    /// <param name="skb">The packet.</param>
    /// <param name="key">The socket.</param>
    /// <param name="flags"><see cref="Bpf.Ingress"/> to be received there, 0 to be sent.</param>
    public SkAction Redirect(SkbContext skb, in TKey key, ulong flags = 0) => (SkAction)RawSockets.SkRedirectHash(skb.Pointer, this, in key, flags);

    /// <summary>Finds a socket, which must be released with <see cref="Bpf.SkRelease"/>; null if there is none. Kernel 5.7.</summary>
    public bpf_sock* Find(in TKey key) => (bpf_sock*)Raw.MapLookup(this, in key);

    /// <summary>Puts a socket into the map. Kernel 5.9, tracing and iterator programs.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long Set(in TKey key, bpf_sock* socket, MapUpdate flags = MapUpdate.Any) => RawSockets.MapUpdateSocket(this, in key, socket, (ulong)flags);

    /// <summary>Removes a socket. False if it was not there.</summary>
    public bool Remove(in TKey key) => Raw.MapDelete(this, in key) == 0;
}
