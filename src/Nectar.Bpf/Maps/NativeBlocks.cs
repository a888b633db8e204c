// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// Where maps and runs get their native memory: from the system, or, on a thread that has an arena in place, from that. All of it is taken
/// when something is made, never while a program runs at full speed, so asking costs nothing that matters.
/// </summary>
internal static unsafe class NativeBlocks
{
    [ThreadStatic]
    private static NativeArena? t_arena;

    private static volatile NativeArena[] s_arenas = [];

    /// <summary>The arena that this thread allocates from; null for the system's memory.</summary>
    internal static NativeArena? Arena
    {
        get => t_arena;
        set => t_arena = value;
    }

    /// <summary>Allocates zeroed memory, aligned to 16 bytes; <see cref="Free"/> gives it back.</summary>
    /// <exception cref="OutOfMemoryException">The system has not as much.</exception>
    internal static void* Allocate(nuint size) => t_arena is { } arena ? arena.Take(size) : NativeMemory.AllocZeroed(size);

    /// <summary>Allocates memory with any content; <see cref="FreeAligned"/> gives it back.</summary>
    internal static void* AllocateAligned(nuint size, nuint alignment) => t_arena is { } arena && alignment <= NativeArena.Alignment ? arena.Take(size) : NativeMemory.AlignedAlloc(size, alignment);

    internal static void Free(void* block)
    {
        if (!IsOfArena(block)) NativeMemory.Free(block);
    }

    internal static void FreeAligned(void* block)
    {
        if (!IsOfArena(block)) NativeMemory.AlignedFree(block);
    }

    internal static void Add(NativeArena arena)
    {
        lock (typeof(NativeBlocks)) s_arenas = [.. s_arenas, arena];
    }

    internal static void Remove(NativeArena arena)
    {
        lock (typeof(NativeBlocks)) s_arenas = [.. s_arenas.Where(a => a != arena)];
    }

    private static bool IsOfArena(void* block)
    {
        foreach (NativeArena arena in s_arenas)
        {
            if (arena.Owns((ulong)block)) return true;
        }

        return false;
    }
}

/// <summary>
/// Memory that can be handed out again in the same order: whatever is made a second time lies where it lay the first time, zeroed. That
/// is what lets a run be repeated with the same addresses in its registers.
/// </summary>
internal sealed unsafe class NativeArena : IDisposable
{
    internal const int Alignment = 64;

    private const nuint PageSize = 4096;

    private readonly List<(ulong Start, nuint Size, ulong Allocation)> _blocks = [];
    private readonly HashSet<ulong> _starts = [];
    private readonly Lock _lock = new();
    private int _next;

    internal NativeArena() => NativeBlocks.Add(this);

    /// <summary>The next block; the one of this turn if it had the same size, else a new one.</summary>
    internal void* Take(nuint size)
    {
        lock (_lock)
        {
            if (_next < _blocks.Count)
            {
                (ulong start, nuint had, _) = _blocks[_next];
                if (had == size)
                {
                    _next++;
                    Clear((byte*)start, size);
                    return (void*)start;
                }

                // what is asked for now was not asked for before: the user has changed something, and this is another future
            }

            // zeroed by the system, which costs nothing for pages that nobody touches
            ulong allocation = (ulong)NativeMemory.AllocZeroed(checked(size + Alignment));
            ulong block = (allocation + Alignment - 1) & ~(ulong)(Alignment - 1);
            _blocks.Insert(_next++, (block, size, allocation));
            _starts.Add(block);
            return (void*)block;
        }
    }

    /// <summary>Starts again with the first block. Nothing that was taken may be in use.</summary>
    internal void Rewind()
    {
        lock (_lock) _next = 0;
    }

    internal bool Owns(ulong address)
    {
        lock (_lock) return _starts.Contains(address);
    }

    /// <summary>Gives all blocks back.</summary>
    public void Dispose()
    {
        NativeBlocks.Remove(this);
        lock (_lock)
        {
            foreach ((_, _, ulong allocation) in _blocks) NativeMemory.Free((void*)allocation);
            _blocks.Clear();
        }
    }

    /// <summary>Zeroes page by page what is not zero: reading a page that was never written does not take memory, writing it would.</summary>
    private static void Clear(byte* block, nuint size)
    {
        for (nuint at = 0; at < size; at += PageSize)
        {
            int length = (int)nuint.Min(PageSize, size - at);
            Span<byte> page = new(block + at, length);
            if (page.ContainsAnyExcept((byte)0)) page.Clear();
        }
    }
}
