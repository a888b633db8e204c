// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>The stacks that programs stored with <c>bpf_get_stackid</c>, by their number.</summary>
public sealed class StackTraceView
{
    private readonly BpfMap _map;

    /// <summary>Makes a view.</summary>
    /// <exception cref="LoadException">The map holds no stacks of addresses.</exception>
    public StackTraceView(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        ViewChecks.Type(map, "a map of stacks", MapType.StackTrace);
        if ((map.Definition.Flags & MapFlags.StackBuildId) != 0)
        {
            throw new LoadException(Diagnostic.Error(MapCodes.View, $"map '{map.Name}': its stacks are build ids with offsets, not addresses", "help: read its values with BpfMap.Lookup"));
        }

        _map = map;
    }

    /// <summary>The deepest stack that the map stores, in frames.</summary>
    public int MaxDepth => _map.UserValueSize / 8;

    /// <summary>Copies a stack: addresses, the innermost first.</summary>
    /// <param name="stack">What <c>bpf_get_stackid</c> returned; negative numbers, its errors, name no stack.</param>
    /// <param name="addresses">Room for <see cref="MaxDepth"/> addresses.</param>
    /// <param name="depth">How many there are.</param>
    /// <returns>False if the number names no stack, or another stack took its place.</returns>
    public bool TryRead(int stack, Span<ulong> addresses, out int depth)
    {
        if (addresses.Length < MaxDepth) throw new ArgumentException($"room for {MaxDepth} addresses is needed, not {addresses.Length}", nameof(addresses));
        depth = 0;
        if (stack < 0) return false;
        Errno errno = _map.Lookup(ViewChecks.Bytes(ref stack), MemoryMarshal.AsBytes(addresses));
        if (errno == Errno.ENOENT) return false;
        if (errno != Errno.None) throw new MapException(_map, "look-up", errno);
        int end = addresses[..MaxDepth].IndexOf(0UL);
        depth = end < 0 ? MaxDepth : end;
        return true;
    }

    /// <summary>Gives a stack's place back.</summary>
    /// <returns>False if it was free.</returns>
    public bool Remove(int stack) => stack >= 0 && _map.Delete(ViewChecks.Bytes(ref stack)) == Errno.None;
}
