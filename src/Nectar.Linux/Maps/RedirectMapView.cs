// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Maps;

/// <summary>Where XDP programs redirect packets: to interfaces (devmap, devmap_hash) or to processors (cpumap), with a program that runs there.</summary>
public sealed class RedirectMapView
{
    private readonly KernelMap _map;

    /// <summary>Makes a view.</summary>
    /// <exception cref="Bpf.Diagnostics.LoadException">The map holds neither interfaces nor processors.</exception>
    public RedirectMapView(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a devmap or cpumap", MapType.DevMap, MapType.DevMapHash, MapType.CpuMap);
        _map = map;
    }

    /// <summary>Sets a target.</summary>
    /// <param name="key">The slot; of a cpumap the processor.</param>
    /// <param name="target">The interface's index; of a cpumap the length of its queue, in packets.</param>
    /// <param name="program">
    /// An XDP program loaded for this kind of map (<see cref="AttachType.XdpDevMap"/>, <see cref="AttachType.XdpCpuMap"/>), which sees each packet there; null for none. Needs values of 8 bytes (kernel 5.8 and 5.9).
    /// </param>
    /// <exception cref="MapException">The map refuses: no such interface, or a program that was loaded for something else.</exception>
    public void Set(uint key, uint target, KernelProgram? program = null)
    {
        if (program is not null && _map.UserValueSize < 8) throw new ArgumentException($"map '{_map.Name}' has values of {_map.UserValueSize} bytes, without room for a program", nameof(program));
        // A descriptor of 0 would be standard input: the kernel takes only positive ones as a program's.
        Target value = new() { Number = target, Program = program?.Fd ?? 0 };
        Errno errno = _map.Update(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value)[..Math.Min(8, _map.UserValueSize)]);
        GC.KeepAlive(program);
        if (errno != Errno.None) throw new MapException(_map, "update", errno);
    }

    /// <summary>Reads a target.</summary>
    /// <param name="key">The slot.</param>
    /// <param name="target">The interface's index, or the length of the processor's queue.</param>
    /// <param name="programId">The number of the program; 0 for none.</param>
    /// <returns>False if there is none.</returns>
    public bool TryGet(uint key, out uint target, out uint programId)
    {
        Target value = default;
        Errno errno = _map.Lookup(ViewChecks.Bytes(ref key), ViewChecks.Bytes(ref value)[..Math.Min(8, _map.UserValueSize)]);
        if (errno is not (Errno.None or Errno.ENOENT)) throw new MapException(_map, "look-up", errno);
        (target, programId) = (value.Number, (uint)value.Program);
        return errno == Errno.None;
    }

    /// <summary>Removes a target.</summary>
    /// <returns>False if the slot does not exist. An empty slot of an array is no error to the kernel.</returns>
    public bool Remove(uint key)
    {
        Errno errno = _map.Delete(ViewChecks.Bytes(ref key));
        if (errno is not (Errno.None or Errno.ENOENT or Errno.EINVAL)) throw new MapException(_map, "delete", errno);
        return errno == Errno.None;
    }

    /// <summary><c>struct bpf_devmap_val</c> and <c>struct bpf_cpumap_val</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Target
    {
        internal uint Number;
        internal int Program;
    }
}
