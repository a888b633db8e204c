// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Maps;

/// <summary>
/// A map whose values are things of the kernel, which users name by a descriptor: programs (prog array), maps (maps of maps), perf
/// events, cgroups, sockets (sockmap, sockhash, reuseport, xskmap). The map keeps what it holds alive; sockets leave it by
/// themselves when they are closed, perf events when the descriptor is closed that set them.
/// </summary>
/// <typeparam name="TKey">The key: <see cref="uint"/> for arrays.</typeparam>
public sealed class DescriptorMapView<TKey>
    where TKey : unmanaged
{
    private readonly KernelMap _map;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map's values are no descriptors, or the key's size differs.</exception>
    public DescriptorMapView(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a map of descriptors", MapType.ProgArray, MapType.ArrayOfMaps, MapType.HashOfMaps, MapType.PerfEventArray, MapType.CgroupArray, MapType.SockMap, MapType.SockHash, MapType.ReuseportSockArray, MapType.XskMap);
        ViewChecks.Size<TKey>(map, map.Definition.KeySize, "key");
        _map = map;
    }

    /// <summary>The map behind the view.</summary>
    public KernelMap Map => _map;

    /// <summary>Puts something into the map.</summary>
    /// <param name="key">Where.</param>
    /// <param name="what">A descriptor: <see cref="Syscalls.KernelHandle"/>, a socket's <c>SafeHandle</c>; it may be closed afterwards, except of perf events.</param>
    /// <param name="flags">The flags of the update.</param>
    /// <exception cref="MapException">The map refuses: the descriptor is of another kind, or does not fit what the map holds already.</exception>
    public void Set(TKey key, SafeHandle what, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        ArgumentNullException.ThrowIfNull(what);
        bool added = false;
        try
        {
            what.DangerousAddRef(ref added);
            ulong value = (uint)(int)what.DangerousGetHandle();
            Errno errno = _map.Update(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value)[..Math.Min(8, _map.UserValueSize)], flags);
            if (errno != Errno.None) throw new MapException(_map, "update", errno);
        }
        finally
        {
            if (added) what.DangerousRelease();
        }
    }

    /// <summary>
    /// What the kernel shows in the descriptor's place: the id of a program or map, the cookie of a socket (maps with values of 8 bytes).
    /// </summary>
    /// <returns>False if there is nothing.</returns>
    /// <exception cref="MapException">The kernel shows nothing for this type of map.</exception>
    public bool TryGetId(TKey key, out ulong id)
    {
        id = 0;
        Errno errno = _map.Lookup(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref id)[..Math.Min(8, _map.UserValueSize)]);
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, "look-up", errno);
        return errno == Errno.None;
    }

    /// <summary>Takes something out of the map.</summary>
    /// <returns>False if there was nothing.</returns>
    public bool Remove(TKey key)
    {
        Errno errno = _map.Delete(ViewChecks.Bytes(ref key));
        // Socket maps answer EINVAL where the others answer ENOENT.
        if (errno is Errno.ENOENT || (errno == Errno.EINVAL && _map.Definition.Type == MapType.SockMap)) return false;
        return errno == Errno.None ? true : throw new MapException(_map, "delete", errno);
    }
}
