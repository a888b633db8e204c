// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>
/// Storage that programs keep beside tasks (kernel 5.11), sockets (5.2), files (5.10) and cgroups (6.2). A user names the owner by a
/// descriptor; the values go when the owner goes. There is no way to list the owners: an iterator over the map can.
/// </summary>
/// <typeparam name="TValue">The value, laid out as in the program.</typeparam>
public sealed class StorageMapView<TValue>
    where TValue : unmanaged
{
    private readonly KernelMap _map;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map is no storage, or the value's size differs.</exception>
    public StorageMapView(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a storage map", MapType.TaskStorage, MapType.SkStorage, MapType.InodeStorage, MapType.CgrpStorage);
        ViewChecks.Size<TValue>(map, map.Definition.ValueSize, "value");
        _map = map;
    }

    /// <summary>Copies the value of an owner.</summary>
    /// <param name="owner">A pidfd, a socket, an open file or an open cgroup directory, as the map's type wants.</param>
    /// <param name="value">The value.</param>
    /// <returns>False if it has none.</returns>
    /// <exception cref="MapException">The descriptor is of another kind, or the owner is gone.</exception>
    public bool TryGet(SafeHandle owner, out TValue value)
    {
        value = default;
        Errno errno = Call(owner, Operation.Lookup, ref value, MapUpdateFlags.Any);
        return errno is Errno.None or Errno.ENOENT ? errno == Errno.None : throw new MapException(_map, "look-up", errno);
    }

    /// <summary>Sets the value of an owner.</summary>
    /// <exception cref="MapException">The descriptor is of another kind, or the owner is gone.</exception>
    public void Set(SafeHandle owner, TValue value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        Errno errno = Call(owner, Operation.Update, ref value, flags);
        if (errno != Errno.None) throw new MapException(_map, "update", errno);
    }

    /// <summary>Removes the value of an owner.</summary>
    /// <returns>False if it had none.</returns>
    public bool Remove(SafeHandle owner)
    {
        TValue none = default;
        Errno errno = Call(owner, Operation.Delete, ref none, MapUpdateFlags.Any);
        return errno is Errno.None or Errno.ENOENT ? errno == Errno.None : throw new MapException(_map, "delete", errno);
    }

    private Errno Call(SafeHandle owner, Operation operation, ref TValue value, MapUpdateFlags flags)
    {
        ArgumentNullException.ThrowIfNull(owner);
        bool added = false;
        try
        {
            owner.DangerousAddRef(ref added);
            int key = (int)owner.DangerousGetHandle();
            return operation switch
            {
                Operation.Lookup => _map.Lookup(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value)),
                Operation.Update => _map.Update(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value), flags),
                _ => _map.Delete(ViewChecks.Bytes(ref key)),
            };
        }
        finally
        {
            if (added) owner.DangerousRelease();
        }
    }

    private enum Operation
    {
        Lookup,
        Update,
        Delete,
    }
}
