// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>A stack: last in, first out. Kernel 4.20.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="maxEntries">Entries.</param>
[MapType(23)]
public sealed unsafe class StackMap<[MapValue] TValue>([MaxEntries] int maxEntries) : Map(MapType.Stack, 0, sizeof(TValue), maxEntries)
    where TValue : unmanaged
{
    /// <summary>Adds a value. False if the stack is full.</summary>
    public bool Push(in TValue value) => Raw.MapPush(this, in value, 0) == 0;

    /// <summary>Adds a value in the place of the oldest if the stack is full.</summary>
    public bool PushOver(in TValue value) => Raw.MapPush(this, in value, (ulong)MapUpdate.Exist) == 0;

    /// <summary>Takes a value. False if the stack is empty.</summary>
    public bool TryPop(out TValue value) => Raw.MapPop(this, out value) == 0;

    /// <summary>Looks at the value that would be taken. False if the stack is empty.</summary>
    public bool TryPeek(out TValue value)
    {
        value = default;
        return Raw.MapPeek(this, ref value) == 0;
    }

    /// <summary>For user space: the live map.</summary>
    public QueueView<TValue> View => new(Live);
}
