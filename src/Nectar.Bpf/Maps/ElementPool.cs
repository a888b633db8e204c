// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>
/// The unused elements of a hash map: a stack without locks, linked through the elements' hash fields (their next fields must
/// stay, because a reader may still walk over a freed element), then elements that were never used. A tag in the head's upper
/// half makes a pop fail whose element was popped and pushed meanwhile.
/// </summary>
internal sealed unsafe class ElementPool
{
    private readonly byte* _elements;
    private readonly uint _stride;
    private readonly uint _first;
    private readonly uint _capacity;
    private long _head;
    private int _fresh;
    private int _count;

    /// <param name="elements">Element 0 of the map.</param>
    /// <param name="stride">Bytes of an element.</param>
    /// <param name="first">The pool's first element.</param>
    /// <param name="limit">Elements that may be in the map.</param>
    /// <param name="spare">Elements beyond that, for updates that replace one.</param>
    internal ElementPool(byte* elements, uint stride, uint first, uint limit, uint spare)
    {
        _elements = elements;
        _stride = stride;
        _first = first;
        _capacity = limit + spare;
        Limit = limit;
    }

    /// <summary>Elements that may be in the map at once.</summary>
    internal uint Limit { get; }

    /// <summary>Elements in the map.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>The pool's first element.</summary>
    internal uint First => _first;

    /// <summary>How many of the pool's elements were ever used.</summary>
    internal uint Touched => Math.Min((uint)Volatile.Read(ref _fresh), _capacity);

    /// <summary>Where an LRU map's search for a victim stands, relative to the first element; under <see cref="ClockLock"/>.</summary>
    internal uint Hand { get; set; }

    /// <summary>Guards <see cref="Hand"/>; taken before any stripe's lock, never after.</summary>
    internal Lock ClockLock { get; } = new();

    /// <summary>Counts one more element, if the limit allows.</summary>
    internal bool TryReserve()
    {
        int count = Volatile.Read(ref _count);
        while ((uint)count < Limit)
        {
            int seen = Interlocked.CompareExchange(ref _count, count + 1, count);
            if (seen == count) return true;
            count = seen;
        }

        return false;
    }

    /// <summary>Counts one element less.</summary>
    internal void Unreserve() => Interlocked.Decrement(ref _count);

    /// <summary>Takes an unused element; -1 if all are in use or in the hands of other threads.</summary>
    internal int TryTake()
    {
        while (true)
        {
            long head = Volatile.Read(ref _head);
            uint top = (uint)head;
            if (top == 0) break;
            uint next = Volatile.Read(ref *(uint*)(_elements + ((ulong)(top - 1) * _stride) + 4));
            if (Interlocked.CompareExchange(ref _head, Tagged(head, next), head) == head) return (int)(top - 1);
        }

        while (true)
        {
            int fresh = Volatile.Read(ref _fresh);
            if ((uint)fresh >= _capacity) return -1;
            if (Interlocked.CompareExchange(ref _fresh, fresh + 1, fresh) == fresh) return (int)(_first + (uint)fresh);
        }
    }

    /// <summary>Gives an element back that no chain leads to any more.</summary>
    internal void Return(uint index)
    {
        ref uint link = ref *(uint*)(_elements + ((ulong)index * _stride) + 4);
        long head;
        do
        {
            head = Volatile.Read(ref _head);
            Volatile.Write(ref link, (uint)head);
        }
        while (Interlocked.CompareExchange(ref _head, Tagged(head, index + 1), head) != head);
    }

    private static long Tagged(long old, uint top) => (long)((((ulong)old >> 32) + 1) << 32 | top);
}
