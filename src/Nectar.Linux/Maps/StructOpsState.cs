// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Maps;

/// <summary>Where a struct_ops map stands (<c>enum bpf_struct_ops_state</c>).</summary>
public enum StructOpsPhase
{
    /// <summary>Not filled yet.</summary>
    Initial = 0,

    /// <summary>Registered without a link: it stays so until its key is deleted, also when every process that knows it has ended.</summary>
    InUse = 1,

    /// <summary>Unregistered, but the kernel still uses it.</summary>
    ToBeFreed = 2,

    /// <summary>Filled, for links to register.</summary>
    Ready = 3,
}

/// <summary>What the kernel shows of a struct_ops map: the head of its value (<c>struct bpf_struct_ops_common_value</c>).</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="References">Uses by the kernel and by links.</param>
public readonly record struct StructOpsState(StructOpsPhase Phase, int References)
{
    /// <summary>Reads the state of a struct_ops map.</summary>
    /// <exception cref="MapException">The map cannot be read.</exception>
    public static StructOpsState Read(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a struct_ops map", MapType.StructOps);
        byte[] value = new byte[map.UserValueSize];
        Errno errno = map.Lookup(stackalloc byte[4], value);
        if (errno != Errno.None) throw new MapException(map, "look-up", errno);
        return new StructOpsState((StructOpsPhase)BinaryPrimitives.ReadInt32LittleEndian(value.AsSpan(4)), BinaryPrimitives.ReadInt32LittleEndian(value));
    }

    /// <summary>Unregisters a struct_ops map that was registered without a link.</summary>
    /// <returns>False if it is not registered that way.</returns>
    public static bool Unregister(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a struct_ops map", MapType.StructOps);
        Errno errno = map.Delete(stackalloc byte[4]);
        if (errno is not (Errno.None or Errno.ENOENT or Errno.EINPROGRESS or Errno.EOPNOTSUPP)) throw new MapException(map, "unregister", errno);
        return errno == Errno.None;
    }
}
