// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Values kept with tasks: they go when the task goes. Kernel 5.11.</summary>
/// <typeparam name="TValue">What is kept.</typeparam>
[MapType(29, Key = typeof(int), Flags = 1)]
public sealed unsafe class TaskStorage<[MapValue] TValue>() : Map(MapType.TaskStorage, sizeof(int), sizeof(TValue), 0, (uint)MapOptions.NoPreallocation)
    where TValue : unmanaged
{
    /// <summary>Finds what is kept, or nothing.</summary>
    /// <param name="task">A trusted pointer to the task: <see cref="Bpf.GetCurrentTaskBtf{T}"/>, or an argument of the hook.</param>
    public Ref<TValue> Find(void* task) => new(ref Unsafe.AsRef<TValue>(Bpf.TaskStorageGet(this, task, null, 0)));

    /// <summary>Finds what is kept, or makes it from zeros; nothing only if there is no memory.</summary>
    /// <param name="task">A trusted pointer to the task: <see cref="Bpf.GetCurrentTaskBtf{T}"/>, or an argument of the hook.</param>
    public Ref<TValue> FindOrAdd(void* task) => new(ref Unsafe.AsRef<TValue>(Bpf.TaskStorageGet(this, task, null, 1)));

    /// <summary>Forgets what is kept. False if there was nothing.</summary>
    /// <param name="task">A trusted pointer to the task: <see cref="Bpf.GetCurrentTaskBtf{T}"/>, or an argument of the hook.</param>
    public bool Remove(void* task) => Bpf.TaskStorageDelete(this, task) == 0;
}
