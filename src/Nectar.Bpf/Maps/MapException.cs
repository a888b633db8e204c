// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Maps;

/// <summary>A map refused an operation.</summary>
public sealed class MapException : NectarException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="map">The map.</param>
    /// <param name="operation">What was tried: update, delete, …</param>
    /// <param name="errno">What the map answered.</param>
    public MapException(BpfMap map, string operation, Errno errno)
        : base(Diagnostic.Error(MapCodes.Operation, $"map '{map?.Name}': {operation}: {errno}: {Meaning(errno)}")) => Errno = errno;

    /// <summary>Makes the exception for memory of a ring that makes no sense.</summary>
    internal MapException(string name, string problem)
        : base(Diagnostic.Error(MapCodes.Ring, $"map '{name}': {problem}")) => Errno = Errno.EBADMSG;

    /// <summary>What the map answered.</summary>
    public Errno Errno { get; }

    private static string Meaning(Errno errno) => errno switch
    {
        Errno.E2BIG => "the map is full, or the index is beyond its end",
        Errno.ENOSPC => "the map is full",
        Errno.EEXIST => "the key is there already",
        Errno.ENOENT => "the key is not there",
        Errno.EPERM => "the map is frozen, or its flags forbid this to users",
        Errno.EINVAL => "the key, the value or the flags do not fit this type of map",
        Errno.EBADF => "the value does not name a live program or map",
        Errno.ENOTSUPP or Errno.EOPNOTSUPP => "this type of map has no such operation",
        Errno.EAGAIN => "it changed faster than it could be read, so what was read is not all of it",
        Errno.ENOMEM => "no element is free",
        _ => "the operation is not possible now",
    };
}
