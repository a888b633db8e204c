// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Values kept with cgroups: they go when the cgroup goes. Kernel 6.2.</summary>
/// <typeparam name="TValue">What is kept.</typeparam>
[MapType(32, Key = typeof(int), Flags = 1)]
public sealed unsafe class CgroupStorage<[MapValue] TValue>() : Map(MapType.CgrpStorage, sizeof(int), sizeof(TValue), 0, (uint)MapOptions.NoPreallocation)
    where TValue : unmanaged
{
    /// <summary>Finds what is kept, or nothing.</summary>
    /// <param name="cgroup">A trusted pointer to the cgroup.</param>
    public Ref<TValue> Find(void* cgroup) => new(ref Unsafe.AsRef<TValue>(Bpf.CgroupStorageGet(this, cgroup, null, 0)));

    /// <summary>Finds what is kept, or makes it from zeros; nothing only if there is no memory.</summary>
    /// <param name="cgroup">A trusted pointer to the cgroup.</param>
    public Ref<TValue> FindOrAdd(void* cgroup) => new(ref Unsafe.AsRef<TValue>(Bpf.CgroupStorageGet(this, cgroup, null, 1)));

    /// <summary>Forgets what is kept. False if there was nothing.</summary>
    /// <param name="cgroup">A trusted pointer to the cgroup.</param>
    public bool Remove(void* cgroup) => Bpf.CgroupStorageDelete(this, cgroup) == 0;
}
