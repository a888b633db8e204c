// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Local storage of tasks, sockets, inodes and cgroups, keyed by a number that stands for the owner in this process; users' 4-byte
/// keys (file descriptors to the kernel) are that number. Also the old cgroup storage, whose key is 8 or 16 bytes.
/// </summary>
internal sealed unsafe class VmStorageMap : VmMap
{
    /// <summary><c>BPF_LOCAL_STORAGE_GET_F_CREATE</c></summary>
    internal const ulong Create = 1;

    private readonly VmHashMap _index;
    private readonly bool _isOldCgroup;

    internal VmStorageMap(MapDefinition definition, int cpuCount, VmMapOptions options)
        : base(definition, cpuCount, options)
    {
        _isOldCgroup = definition.Type is MapType.CgroupStorage or MapType.PerCpuCgroupStorage;
        uint owners = Math.Clamp((1u << 30) / Math.Max(1, definition.ValueSize), 1024, 65536); // addresses only: untouched owners cost nothing
        MapDefinition index = new()
        {
            Name = definition.Name,
            Type = definition.Type == MapType.PerCpuCgroupStorage ? MapType.PerCpuHash : MapType.Hash,
            KeySize = 8,
            ValueSize = definition.ValueSize,
            MaxEntries = owners,
            Flags = definition.Flags & MapFlags.ReadOnlyProgram,
        };
        _index = new VmHashMap(index, cpuCount, options);
    }

    internal override ReadOnlySpan<MapRegion> Regions => _index.Regions;

    /// <summary><c>bpf_task_storage_get</c> and its like.</summary>
    /// <param name="owner">The owner's number.</param>
    /// <param name="initial">The value to create with; null for zeros.</param>
    /// <param name="flags">0 or <see cref="Create"/>.</param>
    /// <param name="cpu">Whose value, for the per-CPU type.</param>
    /// <returns>The value, or null.</returns>
    internal byte* Get(ulong owner, byte* initial, ulong flags, uint cpu)
    {
        if ((flags & ~Create) != 0) return null;
        byte* found = _index.LookupPointer((byte*)&owner, cpu);
        if (found is not null || (flags & Create) == 0) return found;
        Span<byte> zeros = initial is null ? new byte[Header->ValueSize] : default;
        fixed (byte* z = zeros) _index.Update((byte*)&owner, initial is null ? z : initial, MapUpdateFlags.NoExist, IsPerCpu ? (int)cpu : -1);
        return _index.LookupPointer((byte*)&owner, cpu);
    }

    /// <summary><c>bpf_task_storage_delete</c> and its like: 0 or -ENOENT.</summary>
    internal long Remove(ulong owner) => _index.DeleteFromProgram((byte*)&owner);

    internal override byte* LookupPointer(byte* key, uint cpu) => null;

    protected override long ProgramUpdate(byte* key, byte* value, ulong flags, uint cpu) => -(long)Errno.EINVAL;

    protected override long ProgramDelete(byte* key) => -(long)Errno.EINVAL;

    protected override Errno UserLookup(byte* key, byte* value, bool locked)
    {
        ulong owner = Owner(key);
        return _index.Lookup(new ReadOnlySpan<byte>(&owner, 8), new Span<byte>(value, UserValueSize), locked ? MapUpdateFlags.Lock : 0);
    }

    protected override Errno UserUpdate(byte* key, byte* value, MapUpdateFlags flags)
    {
        ulong owner = Owner(key);
        if (_isOldCgroup)
        {
            // the kernel makes the storage when a program is attached; users only change it
            if ((flags & ~(MapUpdateFlags.Lock | MapUpdateFlags.Exist)) != 0) return Errno.EINVAL;
            flags |= MapUpdateFlags.Exist;
        }

        Errno errno = _index.Update((byte*)&owner, value, flags, -1);
        return errno == Errno.E2BIG ? Errno.ENOMEM : errno;
    }

    protected override Errno UserDelete(byte* key) => _isOldCgroup ? Errno.EINVAL : (Errno)(-Remove(Owner(key)));

    protected override Errno UserNextKey(byte* key, byte* next)
    {
        if (!_isOldCgroup) return Errno.ENOTSUPP;
        ulong owner = key is null ? 0 : Owner(key);
        ulong following = 0;
        Errno errno = _index.GetNextKey(new ReadOnlySpan<byte>(&owner, key is null ? 0 : 8), new Span<byte>(&following, 8));
        if (errno != Errno.None) return errno;
        new Span<byte>(next, (int)Header->KeySize).Clear();
        *(ulong*)next = following;
        return Errno.None;
    }

    protected override void FreeMemory() => _index.Dispose();

    private ulong Owner(byte* key) => Header->KeySize == 4 ? *(uint*)key : *(ulong*)key;
}
