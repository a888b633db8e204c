// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>
/// Conversion of byte order on a little-endian machine. Swapping moves known bits and scrambles bounds, so that those are derived anew;
/// before Linux 6.18 the result was unknown.
/// </summary>
internal static class ByteOrder
{
    /// <param name="r">The number.</param>
    /// <param name="width">16, 32 or 64 bits; the rest becomes zero.</param>
    /// <param name="isSwapped">False where the order is the machine's, so that only the rest is cleared.</param>
    public static void Apply(ref ScalarRange r, int width, bool isSwapped)
    {
        if (isSwapped)
        {
            int unused = 64 - width;
            r.Bits = new Tnum(BinaryPrimitives.ReverseEndianness(r.Bits.Value << unused), BinaryPrimitives.ReverseEndianness(r.Bits.Mask << unused));
            r.Unbound();
        }
        if (width < 64) ScalarCasts.Truncate(ref r, width / 8);
        else r.Sync();
    }
}
