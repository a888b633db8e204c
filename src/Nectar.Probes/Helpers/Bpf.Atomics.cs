// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Atomic operations on memory of maps, rings and globals.</summary>
public static unsafe partial class Bpf
{
    /// <summary>Adds. Kernel 3.18. Gives the value before, which needs 5.12.</summary>
    [Intrinsic("atomic.add")]
    public static ulong Add(ref ulong target, ulong value) => Interlocked.Add(ref target, value) - value;

    /// <summary>Adds. Kernel 3.18. Gives the value before, which needs 5.12.</summary>
    [Intrinsic("atomic.add")]
    public static long Add(ref long target, long value) => Interlocked.Add(ref target, value) - value;

    /// <summary>Adds. Kernel 3.18. Gives the value before, which needs 5.12.</summary>
    [Intrinsic("atomic.add")]
    public static uint Add(ref uint target, uint value) => Interlocked.Add(ref target, value) - value;

    /// <summary>Adds. Kernel 3.18. Gives the value before, which needs 5.12.</summary>
    [Intrinsic("atomic.add")]
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;

    /// <summary>Bitwise and. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.and")]
    public static ulong And(ref ulong target, ulong value) => Interlocked.And(ref target, value);

    /// <summary>Bitwise and. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.and")]
    public static long And(ref long target, long value) => Interlocked.And(ref target, value);

    /// <summary>Bitwise and. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.and")]
    public static uint And(ref uint target, uint value) => Interlocked.And(ref target, value);

    /// <summary>Bitwise and. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.and")]
    public static int And(ref int target, int value) => Interlocked.And(ref target, value);

    /// <summary>Bitwise or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.or")]
    public static ulong Or(ref ulong target, ulong value) => Interlocked.Or(ref target, value);

    /// <summary>Bitwise or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.or")]
    public static long Or(ref long target, long value) => Interlocked.Or(ref target, value);

    /// <summary>Bitwise or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.or")]
    public static uint Or(ref uint target, uint value) => Interlocked.Or(ref target, value);

    /// <summary>Bitwise or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.or")]
    public static int Or(ref int target, int value) => Interlocked.Or(ref target, value);

    /// <summary>Bitwise exclusive or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.xor")]
    public static ulong Xor(ref ulong target, ulong value) => FetchXor(ref target, value);

    /// <summary>Bitwise exclusive or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.xor")]
    public static long Xor(ref long target, long value) => FetchXor(ref target, value);

    /// <summary>Bitwise exclusive or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.xor")]
    public static uint Xor(ref uint target, uint value) => FetchXor(ref target, value);

    /// <summary>Bitwise exclusive or. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.xor")]
    public static int Xor(ref int target, int value) => FetchXor(ref target, value);

    /// <summary>Sets. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.exchange")]
    public static ulong Exchange(ref ulong target, ulong value) => Interlocked.Exchange(ref target, value);

    /// <summary>Sets. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.exchange")]
    public static long Exchange(ref long target, long value) => Interlocked.Exchange(ref target, value);

    /// <summary>Sets. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.exchange")]
    public static uint Exchange(ref uint target, uint value) => Interlocked.Exchange(ref target, value);

    /// <summary>Sets. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.exchange")]
    public static int Exchange(ref int target, int value) => Interlocked.Exchange(ref target, value);

    /// <summary>Sets, if the value is <paramref name="comparand"/>. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.compare_exchange")]
    public static ulong CompareExchange(ref ulong target, ulong comparand, ulong value) => Interlocked.CompareExchange(ref target, value, comparand);

    /// <summary>Sets, if the value is <paramref name="comparand"/>. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.compare_exchange")]
    public static long CompareExchange(ref long target, long comparand, long value) => Interlocked.CompareExchange(ref target, value, comparand);

    /// <summary>Sets, if the value is <paramref name="comparand"/>. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.compare_exchange")]
    public static uint CompareExchange(ref uint target, uint comparand, uint value) => Interlocked.CompareExchange(ref target, value, comparand);

    /// <summary>Sets, if the value is <paramref name="comparand"/>. Kernel 5.12. Gives the value before.</summary>
    [Intrinsic("atomic.compare_exchange")]
    public static int CompareExchange(ref int target, int comparand, int value) => Interlocked.CompareExchange(ref target, value, comparand);

    private static ulong FetchXor(ref ulong target, ulong value)
    {
        while (true)
        {
            ulong before = Volatile.Read(ref target);
            if (Interlocked.CompareExchange(ref target, before ^ value, before) == before) return before;
        }
    }

    private static long FetchXor(ref long target, long value)
    {
        while (true)
        {
            long before = Volatile.Read(ref target);
            if (Interlocked.CompareExchange(ref target, before ^ value, before) == before) return before;
        }
    }

    private static uint FetchXor(ref uint target, uint value)
    {
        while (true)
        {
            uint before = Volatile.Read(ref target);
            if (Interlocked.CompareExchange(ref target, before ^ value, before) == before) return before;
        }
    }

    private static int FetchXor(ref int target, int value)
    {
        while (true)
        {
            int before = Volatile.Read(ref target);
            if (Interlocked.CompareExchange(ref target, before ^ value, before) == before) return before;
        }
    }
}
