// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Symbols.Names;

/// <summary>
/// Finds entries by name without a string for each: a hash table of chains over arrays, filled in order of the entries. The
/// hash is seeded, so that a file cannot be made whose names all collide.
/// </summary>
internal struct NameIndex
{
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64() | 1;
    private int[] _heads;
    private int[] _next;
    private int _mask;

    internal NameIndex(int capacity)
    {
        int size = 16;
        while (size < capacity && size < 1 << 29) size *= 2;
        _heads = new int[size]; // 0 ends a chain: entries are kept plus one
        _next = new int[Math.Max(capacity, 4)];
        _mask = size - 1;
    }

    /// <summary>What the arrays take.</summary>
    internal readonly long Bytes => (_heads.Length + (long)_next.Length) * 4;

    /// <summary>Enters the entry <paramref name="index"/>, before those of the same name that are there.</summary>
    internal void Add(int index, uint hash)
    {
        if (index >= _next.Length) Array.Resize(ref _next, Math.Max(index + 1, _next.Length * 2));
        ref int head = ref _heads[hash & (uint)_mask];
        _next[index] = head;
        head = index + 1;
    }

    /// <summary>The first candidate, or -1. Candidates share the slot of a hash, not always the name.</summary>
    internal readonly int First(uint hash) => _heads is null ? -1 : _heads[hash & (uint)_mask] - 1;

    /// <summary>The next candidate, or -1.</summary>
    internal readonly int Next(int index) => _next[index] - 1;

    internal static uint Hash(ReadOnlySpan<byte> name)
    {
        ulong hash = s_seed ^ (ulong)name.Length;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(name);
        foreach (ulong word in words)
        {
            hash = (hash ^ word) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
        }

        ulong tail = 0;
        foreach (byte b in name[(words.Length * 8)..]) tail = (tail << 8) | b;
        hash = (hash ^ tail) * 0xBF58476D1CE4E5B9;
        return (uint)(hash >> 32);
    }
}
