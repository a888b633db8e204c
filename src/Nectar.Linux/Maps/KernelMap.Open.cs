// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Pins;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

// Maps that exist already.
public sealed unsafe partial class KernelMap
{
    /// <summary>The numbers of all maps in the kernel, in ascending order. A map may be gone when it is opened.</summary>
    public static IEnumerable<uint> Ids()
    {
        for (uint id = 0; TryNext(ref id) == Errno.None;) yield return id;
    }

    /// <summary>Opens a map that lives in the kernel; null if there is none with this number any more.</summary>
    /// <param name="id">The number of the map.</param>
    /// <param name="access"><see cref="MapFlags.ReadOnly"/> or <see cref="MapFlags.WriteOnly"/> to open it for less than everything.</param>
    /// <exception cref="KernelException">It may not be opened (NEC4002).</exception>
    public static KernelMap? TryOpenById(uint id, MapFlags access = MapFlags.None)
    {
        ObjectIdAttributes attributes = new() { Id = id, OpenFlags = (uint)(access & (MapFlags.ReadOnly | MapFlags.WriteOnly)) };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.MapGetFdById, ref attributes, out KernelHandle? handle);
        if (errno == Errno.ENOENT) return null;
        return errno == Errno.None ? FromHandle(handle!) : throw Refusal.Make(LinuxCodes.Map, $"map {id}", "open", "bpf(BPF_MAP_GET_FD_BY_ID)", errno);
    }

    /// <summary>Opens a pinned map that a program or a caller expects to be so and not otherwise.</summary>
    /// <param name="path">A path in a bpf filesystem.</param>
    /// <param name="expected">What it must be like.</param>
    /// <exception cref="KernelException">There is nothing, or something else than a map (NEC4006), or a map that differs (NEC4012).</exception>
    public static KernelMap OpenPinned(string path, MapDefinition expected)
    {
        KernelMap map = OpenPinned(path);
        try
        {
            MapReuse.Check(expected, map);
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Another descriptor for the same map, with its own life.</summary>
    /// <exception cref="KernelException">The process has no descriptors left (NEC4001).</exception>
    public KernelMap Duplicate() => new(Definition, _handle.Duplicate()) { _isFrozen = _isFrozen };

    private static Errno TryNext(ref uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        Errno errno = BpfSyscall.Try(BpfCommand.MapGetNextId, ref attributes);
        if (errno == Errno.None) id = attributes.NextId;
        else if (errno != Errno.ENOENT) throw Refusal.Make(LinuxCodes.Map, "maps", "list", "bpf(BPF_MAP_GET_NEXT_ID)", errno);
        return errno;
    }
}
