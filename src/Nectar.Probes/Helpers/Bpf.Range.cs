// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>
    /// Numbers from 0 up: <c>foreach (int i in Bpf.Range(n))</c>. The body is verified once, not for each round: an iterator from kernel 6.4
    /// on, a bounded loop for older targets.
    /// </summary>
    /// <param name="end">Behind the last number; at most 8 388 608.</param>
    public static IntRange Range(int end) => new(0, end);

    /// <summary>Numbers from <paramref name="start"/> up to before <paramref name="end"/>, at most 8 388 608 of them; none if end is not greater.</summary>
    public static IntRange Range(int start, int end) => new(start, end);
}

/// <summary>Numbers for <c>foreach</c>.</summary>
/// <param name="start">The first.</param>
/// <param name="end">Behind the last.</param>
public readonly ref struct IntRange(int start, int end)
{
    private readonly int _start = start;
    private readonly int _end = end;

    /// <summary>Begins the loop.</summary>
    public Enumerator GetEnumerator() => Begin(_start, _end);

    [Intrinsic("range.begin")]
    private static Enumerator Begin(int start, int end) => new(start, (long)end - start > 8 * 1024 * 1024 ? start : end);

    /// <summary>A loop under way.</summary>
    /// <remarks>Compiled, the first field is the address of the iterator on the stack, or what the compiler makes of it.</remarks>
    public ref struct Enumerator
    {
        private long _state;
        private int _current;

        internal Enumerator(int start, int end)
        {
            _state = ((long)end << 32) | (uint)start;
            _current = 0;
        }

        /// <summary>The number.</summary>
        public readonly int Current => _current;

        /// <summary>Goes to the next number.</summary>
        public bool MoveNext() => Next(ref _state, ref _current);

        /// <summary>Ends the loop.</summary>
        public void Dispose() => End(ref _state);

        [Intrinsic("range.next")]
        private static bool Next(ref long state, ref int current)
        {
            int next = (int)state;
            if (next >= (int)(state >> 32)) return false;
            current = next;
            state = (state & ~0xffffffffL) | (uint)(next + 1);
            return true;
        }

        [Intrinsic("range.end")]
        private static void End(ref long state)
        {
        }
    }
}
