// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Loops, iterators over numbers and bits, exceptions.</summary>
internal static unsafe class LoopHelpers
{
    /// <summary>Most iterations of bpf_loop and of a number iterator (BPF_MAX_LOOPS).</summary>
    private const uint MaxLoops = 8 * 1024 * 1024;

    private const int MaxBitsWords = 511;

    internal static ulong Loop(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (r4 != 0) return Error(Errno.EINVAL);
        if ((uint)r1 > MaxLoops) return Error(Errno.E2BIG);
        uint count = (uint)r1;
        for (uint i = 0; i < count; i++)
        {
            ulong result = VmSupport.InvokeCallback(state, r2, i, r3, 0, 0, 0);
            if (state->Fault != FaultKind.None) return 0;
            if (result != 0) return i + 1;
        }

        return count;
    }

    internal static ulong NumNew(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Writable(state, 1, r1, 8)) return 0;
        int start = (int)r2, end = (int)r3;
        int* iterator = (int*)r1;
        iterator[0] = iterator[1] = 0;
        if (start > end) return Error(Errno.EINVAL);
        if ((long)end - start > MaxLoops) return Error(Errno.E2BIG);
        iterator[0] = start - 1;
        iterator[1] = end;
        return 0;
    }

    internal static ulong NumNext(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Writable(state, 1, r1, 8)) return 0;
        int* iterator = (int*)r1;
        if ((long)iterator[0] + 1 >= iterator[1])
        {
            iterator[0] = iterator[1] = 0;
            return 0;
        }

        iterator[0]++;
        return r1;
    }

    internal static ulong NumDestroy(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Writable(state, 1, r1, 8)) *(ulong*)r1 = 0;
        return 0;
    }

    /// <summary>The iterator's 16 bytes: address of the words (or, for one word, the word), bits left to look at, last bit.</summary>
    internal static ulong BitsNew(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Writable(state, 1, r1, 16)) return 0;
        *(ulong*)r1 = 0;
        ((int*)r1)[2] = 0;
        ((int*)r1)[3] = -1;
        uint words = (uint)r3;
        if (words == 0 || r2 == 0) return Error(Errno.EINVAL);
        if (words > MaxBitsWords) return Error(Errno.E2BIG);
        if (!MayAccess(state, r2, words * 8ul, false)) return Error(Errno.EFAULT);
        *(ulong*)r1 = words == 1 ? *(ulong*)r2 : r2;
        ((int*)r1)[2] = (int)words * 64;
        return 0;
    }

    internal static ulong BitsNext(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!Writable(state, 1, r1, 16)) return 0;
        int count = ((int*)r1)[2];
        int bit = ((int*)r1)[3] + 1;
        if (count == 0 || bit < 0 || bit >= count) return 0;
        ulong* words = count <= 64 ? (ulong*)r1 : *(ulong**)r1;
        if (count > 64 && !Readable(state, 1, (ulong)words, (ulong)count / 8)) return 0;
        for (; bit < count; bit++)
        {
            if ((words[bit >> 6] >> (bit & 63) & 1) == 0) continue;
            ((int*)r1)[3] = bit;
            return r1 + 12;
        }

        ((int*)r1)[2] = 0;
        return 0;
    }

    internal static ulong BitsDestroy(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Writable(state, 1, r1, 16)) ((int*)r1)[2] = 0;
        return 0;
    }

    /// <summary>bpf_throw: the program ends with the cookie, as with the kernel's default exception callback.</summary>
    internal static ulong Throw(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        state->Scratch = r1;
        state->Fault = FaultKind.Thrown;
        return 0;
    }

    internal static ulong Nothing(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => 0;

    internal static ulong First(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => r1;

    internal static ulong NotSupported(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => Error(Errno.EOPNOTSUPP);
}
