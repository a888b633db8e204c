// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// A lock in one native 32-bit word, 0 when free. Sections under it are tens of nanoseconds, never call out and never
/// throw; a waiter yields its processor when the owner was preempted.
/// </summary>
internal static unsafe class SpinWord
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Enter(int* word)
    {
        if (Interlocked.CompareExchange(ref *word, 1, 0) != 0) Wait(word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Exit(int* word) => Volatile.Write(ref *word, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Wait(int* word)
    {
        SpinWait spinner = default;
        do
        {
            spinner.SpinOnce(sleep1Threshold: -1); // never a millisecond's sleep: the owner is done long before
        }
        while (Volatile.Read(ref *word) != 0 || Interlocked.CompareExchange(ref *word, 1, 0) != 0);
    }
}
