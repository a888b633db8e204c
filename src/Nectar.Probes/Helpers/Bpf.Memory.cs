// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Reads memory of the process. Kernel 5.5. False, and zeros, if it cannot be read.</summary>
    /// <param name="destination">Where to; its length is how much.</param>
    /// <param name="source">An address of the process.</param>
    public static bool ProbeReadUser(Span<byte> destination, void* source) =>
        Raw.ProbeReadUser(ref MemoryMarshal.GetReference(destination), (uint)destination.Length, source) == 0;

    /// <summary>Reads memory of the kernel. Kernel 5.5. False, and zeros, if it cannot be read.</summary>
    /// <param name="destination">Where to; its length is how much.</param>
    /// <param name="source">An address of the kernel.</param>
    public static bool ProbeReadKernel(Span<byte> destination, void* source) =>
        Raw.ProbeReadKernel(ref MemoryMarshal.GetReference(destination), (uint)destination.Length, source) == 0;

    /// <summary>Reads a string of the process up to its zero byte. Kernel 5.5.</summary>
    /// <param name="destination">Where to; always ends in a zero byte.</param>
    /// <param name="source">An address of the process.</param>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    public static long ProbeReadUserStr(Span<byte> destination, void* source) =>
        Raw.ProbeReadUserStr(ref MemoryMarshal.GetReference(destination), (uint)destination.Length, source);

    /// <summary>Reads a string of the kernel up to its zero byte. Kernel 5.5.</summary>
    /// <param name="destination">Where to; always ends in a zero byte.</param>
    /// <param name="source">An address of the kernel.</param>
    /// <returns>Bytes with the zero byte, or a negative error number.</returns>
    public static long ProbeReadKernelStr(Span<byte> destination, void* source) =>
        Raw.ProbeReadKernelStr(ref MemoryMarshal.GetReference(destination), (uint)destination.Length, source);

    /// <summary>Helper 134, kernel 5.8: what a ring buffer's state is.</summary>
    /// <param name="map">The ring buffer.</param>
    /// <param name="what">0 bytes that wait, 1 size in bytes, 2 the reader's position, 3 the writers' position.</param>
    [Helper(134)]
    public static ulong RingbufQuery(Map map, ulong what) => Managed.Call(134, map.Handle, what);

    /// <summary>Helper 164, kernel 5.13: gives each element of an array or hash to a callback.</summary>
    /// <param name="map">The map.</param>
    /// <param name="callback">A static lambda.</param>
    /// <param name="state">What it gets as well: a local variable.</param>
    /// <param name="flags">0</param>
    /// <returns>How many elements it got, or a negative error number.</returns>
    [Helper(164)]
    public static long ForEachMapElem<TKey, TValue, TState>(Map map, MapCallback<TKey, TValue, TState> callback, ref TState state, ulong flags = 0)
        where TKey : unmanaged
        where TValue : unmanaged
        where TState : unmanaged => Managed.ForEach(map, callback, ref state);

    /// <summary>Helper 181, kernel 5.17: calls back a number of times, verified once.</summary>
    /// <param name="count">How often, at most 8 388 608.</param>
    /// <param name="callback">A static lambda.</param>
    /// <param name="state">What it gets as well: a local variable.</param>
    /// <param name="flags">0</param>
    /// <returns>How often it was called, or a negative error number.</returns>
    [Helper(181)]
    public static long Loop<TState>(uint count, LoopCallback<TState> callback, ref TState state, ulong flags = 0)
        where TState : unmanaged
    {
        if (flags != 0) return -22;
        if (count > 8 * 1024 * 1024) return -7;
        for (uint i = 0; i < count; i++)
        {
            if (callback(i, ref state) != LoopControl.Continue) return i + 1;
        }

        return count;
    }
}

/// <summary>A round of a loop.</summary>
/// <typeparam name="TState">What the caller passes on.</typeparam>
/// <param name="index">Which round, from 0.</param>
/// <param name="state">What the caller passed.</param>
public delegate LoopControl LoopCallback<TState>(uint index, ref TState state)
    where TState : unmanaged;
