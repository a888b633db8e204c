// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>What the kernel knows about a map (<c>struct bpf_map_info</c>, and <c>/proc/self/fdinfo</c> for what is missing there).</summary>
public sealed record MapInfo
{
    /// <summary>The map's type.</summary>
    public required MapType Type { get; init; }

    /// <summary>The number of the map in this kernel, until it ends.</summary>
    public required uint Id { get; init; }

    /// <summary>Bytes of a key.</summary>
    public required uint KeySize { get; init; }

    /// <summary>Bytes of a value, of one CPU for per-CPU maps.</summary>
    public required uint ValueSize { get; init; }

    /// <summary>Most elements, or bytes of a ring.</summary>
    public required uint MaxEntries { get; init; }

    /// <summary>Creation flags.</summary>
    public required MapFlags Flags { get; init; }

    /// <summary>At most 15 characters; empty for maps of kernels before 4.15.</summary>
    public required string Name { get; init; }

    /// <summary>The interface that the map is offloaded to; 0 for none.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>The types of key and value: an id of <c>nectar btf</c>; 0 for a map without types.</summary>
    public uint BtfId { get; init; }

    /// <summary>The type of keys in that BTF.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>The type of values in that BTF.</summary>
    public uint ValueTypeId { get; init; }

    /// <summary>The kernel's own type of the value, for struct_ops.</summary>
    public uint KernelValueTypeId { get; init; }

    /// <summary>Hash functions of a bloom filter, address of an arena.</summary>
    public ulong MapExtra { get; init; }

    /// <summary>True once user space may no longer write.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>Bytes of memory as the kernel accounts them.</summary>
    public long MemoryLock { get; init; }

    /// <summary>For prog arrays: the type of programs that it holds; null while it holds none.</summary>
    public uint? OwnerProgramType { get; init; }

    /// <summary>For prog arrays: true if the programs that it holds are machine code.</summary>
    public bool IsOwnerJited { get; init; }

    /// <summary>What the kernel knows about a map that lives in it.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">There is no such map (NEC4002).</exception>
    public static MapInfo ReadById(uint id)
    {
        using KernelMap map = KernelMap.OpenById(id);
        return map.GetInfo();
    }

    /// <summary>What the kernel knows about all its maps, by number.</summary>
    public static IEnumerable<MapInfo> ReadAll() => Inspection.KernelObjectIds.OpenAll(Inspection.KernelObjectKind.Map, ReadById);

    internal static unsafe MapInfo Read(KernelHandle handle)
    {
        Raw raw = default;
        ObjectInfoAttributes attributes = new() { Fd = (uint)handle.Fd, InfoSize = (uint)sizeof(Raw), Info = (ulong)&raw };
        Errno errno = BpfSyscall.Try(BpfCommand.ObjGetInfoByFd, ref attributes);
        if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Map, "map", "read its info", "bpf(BPF_OBJ_GET_INFO_BY_FD)", errno);
        FileInformation file = FileInformation.Read(handle);
        GC.KeepAlive(handle);
        return new MapInfo
        {
            Type = raw.Type,
            Id = raw.Id,
            KeySize = raw.KeySize,
            ValueSize = raw.ValueSize,
            MaxEntries = raw.MaxEntries,
            Flags = (MapFlags)raw.Flags,
            Name = KernelNames.Read(new ReadOnlySpan<byte>(raw.Name, 16)),
            InterfaceIndex = raw.InterfaceIndex,
            KernelValueTypeId = raw.KernelValueTypeId,
            BtfId = raw.BtfId,
            KeyTypeId = raw.KeyTypeId,
            ValueTypeId = raw.ValueTypeId,
            MapExtra = raw.MapExtra,
            IsFrozen = file.Number("frozen") is > 0,
            MemoryLock = file.Number("memlock") ?? 0,
            OwnerProgramType = (uint?)file.Number("owner_prog_type"),
            IsOwnerJited = file.Number("owner_jited") is > 0,
        };
    }

    internal MapDefinition ToDefinition() => new()
    {
        Name = Name,
        Type = Type,
        KeySize = KeySize,
        ValueSize = ValueSize,
        MaxEntries = MaxEntries,
        Flags = Flags,
        MapExtra = MapExtra,
        KeyTypeId = KeyTypeId,
        ValueTypeId = ValueTypeId,
    };

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Raw
    {
        internal MapType Type;
        internal uint Id, KeySize, ValueSize, MaxEntries, Flags;
        internal fixed byte Name[16];
        internal uint InterfaceIndex, KernelValueTypeId;
        internal ulong NetnsDevice, NetnsInode;
        internal uint BtfId, KeyTypeId, ValueTypeId, BtfVmlinuxId;
        internal ulong MapExtra;
        internal ulong Hash;
        internal uint HashSize;
        internal uint Padding;
    }
}
