// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Storage of tasks, sockets, inodes and cgroups; membership of cgroups; pages of arenas.</summary>
internal static unsafe class StorageHelpers
{
    internal static ulong Get(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map<VmStorageMap>(state, 1, r1) is not { } map || r2 == 0) return 0;
        if (r3 != 0 && !Readable(state, 3, r3, map.Definition.ValueSize)) return 0;
        return (ulong)map.Get(Owner(state, r2), (byte*)r3, r4, state->Cpu);
    }

    internal static ulong Delete(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map<VmStorageMap>(state, 1, r1) is not { } map) return 0;
        return r2 == 0 ? Error(Errno.EINVAL) : (ulong)map.Remove(Owner(state, r2));
    }

    /// <summary>bpf_get_local_storage: the old cgroup storage, which is always there.</summary>
    internal static ulong GetLocal(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map<VmStorageMap>(state, 1, r1) is not { } map) return 0;
        return (ulong)map.Get(VmSupport.Session(state).Host.Identity.CgroupId, null, VmStorageMap.Create, state->Cpu);
    }

    internal static ulong TaskUnderCgroup(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => UnderCgroup(state, 1, r1, r2);

    internal static ulong SkbUnderCgroup(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => IsContext(state, 1, r1) ? UnderCgroup(state, 2, r2, r3) : 0;

    internal static ulong ArenaAllocate(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Map<VmArena>(state, 1, r1) is { } arena ? arena.AllocatePages(r2, (uint)r3, r5) : 0;

    internal static ulong ArenaFree(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        Map<VmArena>(state, 1, r1)?.FreePages(r2, (uint)r3);
        return 0;
    }

    /// <summary>The number that users know the owner by: for the current task its thread id, else the pointer itself.</summary>
    private static ulong Owner(VmState* state, ulong pointer)
    {
        VmIdentity identity = VmSupport.Session(state).Host.Identity;
        return pointer == identity.TaskAddress ? identity.ThreadId : pointer;
    }

    private static ulong UnderCgroup(VmState* state, int argument, ulong map, ulong index)
    {
        if (Map<VmCgroupArray>(state, argument, map) is not { } groups) return 0;
        if ((uint)index >= groups.Definition.MaxEntries) return Error(Errno.E2BIG);
        if (!groups.TryGet((uint)index, out uint cgroup)) return Error(Errno.EAGAIN);
        return cgroup == VmSupport.Session(state).Host.Identity.CgroupId ? 1u : 0;
    }
}
