// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl.Threading;

/// <summary>Stands for <c>System.Threading.Interlocked</c> in compiled programs.</summary>
internal static class Interlocked
{
    public static int Add(ref int location1, int value) => Bpf.Add(ref location1, value) + value;

    public static int Increment(ref int location) => Bpf.Add(ref location, 1) + 1;

    public static int Decrement(ref int location) => Bpf.Add(ref location, unchecked((int)(-1))) - 1;

    public static int Exchange(ref int location1, int value) => Bpf.Exchange(ref location1, value);

    public static int CompareExchange(ref int location1, int value, int comparand) => Bpf.CompareExchange(ref location1, comparand, value);

    public static int And(ref int location1, int value) => Bpf.And(ref location1, value);

    public static int Or(ref int location1, int value) => Bpf.Or(ref location1, value);

    public static uint Add(ref uint location1, uint value) => Bpf.Add(ref location1, value) + value;

    public static uint Increment(ref uint location) => Bpf.Add(ref location, 1) + 1;

    public static uint Decrement(ref uint location) => Bpf.Add(ref location, unchecked((uint)(-1))) - 1;

    public static uint Exchange(ref uint location1, uint value) => Bpf.Exchange(ref location1, value);

    public static uint CompareExchange(ref uint location1, uint value, uint comparand) => Bpf.CompareExchange(ref location1, comparand, value);

    public static uint And(ref uint location1, uint value) => Bpf.And(ref location1, value);

    public static uint Or(ref uint location1, uint value) => Bpf.Or(ref location1, value);

    public static long Add(ref long location1, long value) => Bpf.Add(ref location1, value) + value;

    public static long Increment(ref long location) => Bpf.Add(ref location, 1) + 1;

    public static long Decrement(ref long location) => Bpf.Add(ref location, unchecked((long)(-1))) - 1;

    public static long Exchange(ref long location1, long value) => Bpf.Exchange(ref location1, value);

    public static long CompareExchange(ref long location1, long value, long comparand) => Bpf.CompareExchange(ref location1, comparand, value);

    public static long And(ref long location1, long value) => Bpf.And(ref location1, value);

    public static long Or(ref long location1, long value) => Bpf.Or(ref location1, value);

    public static ulong Add(ref ulong location1, ulong value) => Bpf.Add(ref location1, value) + value;

    public static ulong Increment(ref ulong location) => Bpf.Add(ref location, 1) + 1;

    public static ulong Decrement(ref ulong location) => Bpf.Add(ref location, unchecked((ulong)(-1))) - 1;

    public static ulong Exchange(ref ulong location1, ulong value) => Bpf.Exchange(ref location1, value);

    public static ulong CompareExchange(ref ulong location1, ulong value, ulong comparand) => Bpf.CompareExchange(ref location1, comparand, value);

    public static ulong And(ref ulong location1, ulong value) => Bpf.And(ref location1, value);

    public static ulong Or(ref ulong location1, ulong value) => Bpf.Or(ref location1, value);
}
