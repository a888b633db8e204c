// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Values kept with sockets: they go when the socket goes. Kernel 5.2.</summary>
/// <typeparam name="TValue">What is kept.</typeparam>
[MapType(24, Key = typeof(int), Flags = 1)]
public sealed unsafe class SkStorage<[MapValue] TValue>() : Map(MapType.SkStorage, sizeof(int), sizeof(TValue), 0, (uint)MapOptions.NoPreallocation)
    where TValue : unmanaged
{
    /// <summary>Finds what is kept, or nothing.</summary>
    /// <param name="socket">A trusted pointer to the socket.</param>
    public Ref<TValue> Find(void* socket) => new(ref Unsafe.AsRef<TValue>(Bpf.SkStorageGet(this, socket, null, 0)));

    /// <summary>Finds what is kept, or makes it from zeros; nothing only if there is no memory.</summary>
    /// <param name="socket">A trusted pointer to the socket.</param>
    public Ref<TValue> FindOrAdd(void* socket) => new(ref Unsafe.AsRef<TValue>(Bpf.SkStorageGet(this, socket, null, 1)));

    /// <summary>Forgets what is kept. False if there was nothing.</summary>
    /// <param name="socket">A trusted pointer to the socket.</param>
    public bool Remove(void* socket) => Bpf.SkStorageDelete(this, socket) == 0;
}
