// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>A queue or a stack of C# structs.</summary>
/// <typeparam name="TValue">The value, laid out as in the program.</typeparam>
public sealed class QueueView<TValue>
    where TValue : unmanaged
{
    private readonly BpfMap _map;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map is neither queue nor stack, or the value's size differs.</exception>
    public QueueView(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a queue or a stack", MapType.Queue, MapType.Stack);
        ViewChecks.Size<TValue>(map, map.Definition.ValueSize, "value");
        _map = map;
    }

    /// <summary>Adds a value.</summary>
    /// <returns>False if there is no room.</returns>
    public bool TryPush(TValue value) => Check(_map.Update([], ViewChecks.Bytes(ref value)), Errno.E2BIG, "push");

    /// <summary>Adds a value; if there is no room, the oldest one makes it.</summary>
    public void PushOver(TValue value) => Check(_map.Update([], ViewChecks.Bytes(ref value), MapUpdateFlags.Exist), Errno.None, "push");

    /// <summary>Takes the next value: of a queue the oldest, of a stack the youngest.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryPop(out TValue value)
    {
        value = default;
        return Check(_map.LookupAndDelete([], ViewChecks.Bytes(ref value)), Errno.ENOENT, "pop");
    }

    /// <summary>Copies the next value and leaves it.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryPeek(out TValue value)
    {
        value = default;
        return Check(_map.Lookup([], ViewChecks.Bytes(ref value)), Errno.ENOENT, "peek");
    }

    private bool Check(Errno errno, Errno isFalse, string operation)
    {
        if (errno == Errno.None) return true;
        return errno == isFalse ? false : throw new MapException(_map, operation, errno);
    }
}
