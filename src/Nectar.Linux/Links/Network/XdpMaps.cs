// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Network;
using Nectar.Linux.Network.Xsk;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>An entry of a device map as it is read: <c>struct bpf_devmap_val</c>.</summary>
/// <param name="InterfaceIndex">Where packets are sent.</param>
/// <param name="ProgramId">The program that sees them before; 0 for none.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct DeviceEntry(int InterfaceIndex, uint ProgramId);

/// <summary>An entry of a CPU map as it is read: <c>struct bpf_cpumap_val</c>.</summary>
/// <param name="QueueSize">Packets that wait for the processor at most.</param>
/// <param name="ProgramId">The program that sees them there; 0 for none.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ProcessorEntry(uint QueueSize, uint ProgramId);

/// <summary>Entries of the maps that XDP programs redirect packets to.</summary>
public static class XdpMaps
{
    private const string UpdateCall = "bpf(BPF_MAP_UPDATE_ELEM)";

    /// <summary>Sends packets that are redirected to <paramref name="key"/> out of an interface (maps of type DevMap and DevMapHash).</summary>
    /// <param name="map">The map; with values of 8 bytes where a program is given.</param>
    /// <param name="key">The place.</param>
    /// <param name="interfaceIndex">The interface, of the network namespace in which the map was made.</param>
    /// <param name="program">A program with the attach type XdpDevMap, which sees each packet before it leaves (kernel 5.8); null for none.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4203).</exception>
    public static void SetDevice(KernelMap map, uint key, int interfaceIndex, KernelProgram? program = null)
    {
        Require(map, MapType.DevMap, MapType.DevMapHash);
        Set(map, key, interfaceIndex, program, AttachType.XdpDevMap);
    }

    /// <summary>Lets a processor work on packets that are redirected to it (maps of type CpuMap).</summary>
    /// <param name="map">The map; with values of 8 bytes where a program is given.</param>
    /// <param name="processor">The processor.</param>
    /// <param name="queueSize">Packets that may wait for it: 1 to 16384.</param>
    /// <param name="program">A program with the attach type XdpCpuMap, which sees each packet there (kernel 5.9); null for none.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4203).</exception>
    public static void SetProcessor(KernelMap map, uint processor, uint queueSize, KernelProgram? program = null)
    {
        Require(map, MapType.CpuMap);
        Set(map, processor, (int)queueSize, program, AttachType.XdpCpuMap);
    }

    /// <summary>Hands packets that are redirected to <paramref name="key"/> to an AF_XDP socket (maps of type XskMap).</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4203).</exception>
    public static void SetSocket(KernelMap map, uint key, XskSocket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Require(map, MapType.XskMap);
        Span<byte> value = stackalloc byte[4];
        MemoryMarshal.Write(value, socket.Handle.Fd);
        Write(map, key, value);
        GC.KeepAlive(socket);
    }

    /// <summary>An entry of a device map; null if there is none.</summary>
    public static DeviceEntry? GetDevice(KernelMap map, uint key)
    {
        Require(map, MapType.DevMap, MapType.DevMapHash);
        return Read(map, key) is (uint index, uint id) ? new DeviceEntry((int)index, id) : null;
    }

    /// <summary>An entry of a CPU map; null if there is none.</summary>
    public static ProcessorEntry? GetProcessor(KernelMap map, uint processor)
    {
        Require(map, MapType.CpuMap);
        return Read(map, processor) is (uint size, uint id) ? new ProcessorEntry(size, id) : null;
    }

    private static void Set(KernelMap map, uint key, int target, KernelProgram? program, AttachType type)
    {
        if (program is not null && (program.Type != ProgramType.Xdp || (program.ExpectedAttachType is { } own && own != type)))
        {
            throw new KernelException(Diagnostic.Error(NetworkCodes.ProgramType, $"program '{program.Name}': put it into map '{map.Name}': the map takes XDP programs with the attach type {type}",
                $"help: load it so (section {(type == AttachType.XdpDevMap ? "xdp/devmap" : "xdp/cpumap")})"), Errno.None, UpdateCall, program.Name);
        }

        if (program is not null && map.Definition.ValueSize < 8)
        {
            throw new KernelException(Diagnostic.Error(NetworkCodes.Xdp, $"map '{map.Name}': put a program into it: its values have {map.Definition.ValueSize} bytes, entries with a program 8",
                "help: declare the value as struct bpf_devmap_val or struct bpf_cpumap_val"), Errno.None, UpdateCall, map.Name);
        }

        Span<byte> value = stackalloc byte[8];
        MemoryMarshal.Write(value, target);
        MemoryMarshal.Write(value[4..], program?.Fd ?? 0); // no program: 0 or -1
        Write(map, key, value[..(int)Math.Min(8, map.Definition.ValueSize)]);
        GC.KeepAlive(program);
    }

    private static (uint, uint)? Read(KernelMap map, uint key)
    {
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        Errno errno = map.Lookup(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in key)), value);
        return errno == Errno.None ? (MemoryMarshal.Read<uint>(value), MemoryMarshal.Read<uint>(value[4..])) : null;
    }

    private static void Write(KernelMap map, uint key, ReadOnlySpan<byte> value)
    {
        Errno errno = map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in key)), value);
        if (errno != Errno.None) throw Refusal.Make(NetworkCodes.Xdp, $"map '{map.Name}'", $"set its entry {key}", UpdateCall, errno);
    }

    private static void Require(KernelMap map, params ReadOnlySpan<MapType> types)
    {
        ArgumentNullException.ThrowIfNull(map);
        foreach (MapType type in types)
        {
            if (type == map.Definition.Type) return;
        }

        throw new ArgumentException($"map '{map.Name}' has type {map.Definition.Type}", nameof(map));
    }
}
