// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes.Bcl;

/// <summary>Stands for <c>System.MemoryExtensions</c> in compiled programs; elements are compared as bytes, which is what they are.</summary>
internal static class MemoryExtensions
{
    public static bool SequenceEqual<T>(this Span<T> span, ReadOnlySpan<T> other) => Equal(ref span.Reference, span.Length, ref other.Reference, other.Length);

    public static bool SequenceEqual<T>(this ReadOnlySpan<T> span, ReadOnlySpan<T> other) => Equal(ref span.Reference, span.Length, ref other.Reference, other.Length);

    public static bool StartsWith<T>(this Span<T> span, ReadOnlySpan<T> value) => StartsWith((ReadOnlySpan<T>)span, value);

    public static bool StartsWith<T>(this ReadOnlySpan<T> span, ReadOnlySpan<T> value) =>
        value.Length <= span.Length && Equal(ref span.Reference, value.Length, ref value.Reference, value.Length);

    public static bool StartsWith<T>(this ReadOnlySpan<T> span, T value) => span.Length > 0 && Equal(ref span.Reference, 1, ref value, 1);

    public static bool EndsWith<T>(this Span<T> span, ReadOnlySpan<T> value) => EndsWith((ReadOnlySpan<T>)span, value);

    public static bool EndsWith<T>(this ReadOnlySpan<T> span, ReadOnlySpan<T> value) => value.Length <= span.Length && SequenceEqual(span.Slice(span.Length - value.Length), value);

    public static int IndexOf<T>(this Span<T> span, T value) => IndexOf((ReadOnlySpan<T>)span, value);

    public static int IndexOf<T>(this ReadOnlySpan<T> span, T value)
    {
        for (int i = 0; i < span.Length; i++)
        {
            if (Equal(ref Unsafe.Add(ref span.Reference, (nint)(uint)i), 1, ref value, 1)) return i;
        }

        return -1;
    }

    public static bool Contains<T>(this Span<T> span, T value) => IndexOf((ReadOnlySpan<T>)span, value) >= 0;

    public static bool Contains<T>(this ReadOnlySpan<T> span, T value) => IndexOf(span, value) >= 0;

    /// <summary>Equal lengths and bytes. With a constant length it becomes comparisons of words.</summary>
    private static bool Equal<T>(ref T left, int leftLength, ref T right, int rightLength) =>
        leftLength == rightLength && Bytes.Equal(ref Unsafe.As<T, byte>(ref left), ref Unsafe.As<T, byte>(ref right), (uint)rightLength * (uint)Unsafe.SizeOf<T>());
}

/// <summary>Comparing bytes.</summary>
internal static class Bytes
{
    /// <summary>1 if the bytes are equal. A constant length is compared in words; another one byte by byte.</summary>
    [Intrinsic("memory.equal")]
    internal static bool Equal(ref byte left, ref byte right, uint length)
    {
        for (uint i = 0; i < length; i++)
        {
            if (Unsafe.Add(ref left, (nint)i) != Unsafe.Add(ref right, (nint)i)) return false;
        }

        return true;
    }
}
