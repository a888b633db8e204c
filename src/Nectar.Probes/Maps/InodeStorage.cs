// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Values kept with inodes: they go when the inode goes. Kernel 5.10.</summary>
/// <typeparam name="TValue">What is kept.</typeparam>
[MapType(28, Key = typeof(int), Flags = 1)]
public sealed unsafe class InodeStorage<[MapValue] TValue>() : Map(MapType.InodeStorage, sizeof(int), sizeof(TValue), 0, (uint)MapOptions.NoPreallocation)
    where TValue : unmanaged
{
    /// <summary>Finds what is kept, or nothing.</summary>
    /// <param name="inode">A trusted pointer to the inode.</param>
    public Ref<TValue> Find(void* inode) => new(ref Unsafe.AsRef<TValue>(Bpf.InodeStorageGet(this, inode, null, 0)));

    /// <summary>Finds what is kept, or makes it from zeros; nothing only if there is no memory.</summary>
    /// <param name="inode">A trusted pointer to the inode.</param>
    public Ref<TValue> FindOrAdd(void* inode) => new(ref Unsafe.AsRef<TValue>(Bpf.InodeStorageGet(this, inode, null, 1)));

    /// <summary>Forgets what is kept. False if there was nothing.</summary>
    /// <param name="inode">A trusted pointer to the inode.</param>
    public bool Remove(void* inode) => Bpf.InodeStorageDelete(this, inode) == 0;
}
