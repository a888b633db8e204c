// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>
    /// The number of the highest bit set, 0 to 63; 0 for 0. Without branches, so that the kernel walks it once, and in a form that
    /// proves the bound of the result.
    /// </summary>
    public static uint Log2(ulong value)
    {
        // (K - v) >> 63 is 1 if v > K, for v < 2^63; the first step has v >= 2^63 to fear, and asks for a nonzero upper half instead.
        ulong step = (0 - (value >> 32)) >> 63 << 5;
        value >>= (int)step;
        ulong result = step;
        step = (0xffff - value) >> 63 << 4;
        value >>= (int)step;
        result |= step;
        step = (0xff - value) >> 63 << 3;
        value >>= (int)step;
        result |= step;
        step = (0xf - value) >> 63 << 2;
        value >>= (int)step;
        result |= step;
        step = (3 - value) >> 63 << 1;
        value >>= (int)step;
        result |= step;
        return (uint)(result | (value >> 1));
    }
}
