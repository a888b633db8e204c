// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Maps;

/// <summary>
/// The native head of a map: its address is the map's handle in registers. JIT code reads it, so the layout is fixed.
/// Array: element i of processor c is at <c>Values + i * ElementStride + c * CpuStride</c>.
/// Hash: element i is at <c>Values + i * ElementStride</c>: uint next, uint hash, key (padded to 8), then the value, for per-CPU maps
/// one per processor, CpuStride apart. <c>Buckets[hash >> HashShift]</c> is the first element's index, and the chain ends with
/// <c>0x80000000 | bucket</c>: a reader that ends on another bucket's mark met an element that was moved, and starts again.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 96)]
internal unsafe struct MapHeader
{
    internal const uint MagicNumber = 0x50414d4e;

    [FieldOffset(0)] internal uint Magic;
    [FieldOffset(4)] internal uint Type;
    [FieldOffset(8)] internal uint KeySize;
    [FieldOffset(12)] internal uint ValueSize;
    [FieldOffset(16)] internal uint MaxEntries;
    [FieldOffset(20)] internal uint ElementStride;
    [FieldOffset(24)] internal byte* Values;
    [FieldOffset(32)] internal uint* Buckets;
    [FieldOffset(40)] internal int HashShift;

    /// <summary>Offset of the value in a hash element.</summary>
    [FieldOffset(44)] internal uint ValueOffset;
    [FieldOffset(48)] internal uint CpuStride;
    [FieldOffset(52)] internal uint HashSeed;

    /// <summary>GCHandle of the managed map.</summary>
    [FieldOffset(56)] internal nint Owner;

    /// <summary>
    /// Hash: one <see cref="StripeSize"/>-byte line for each group of buckets: int lock, then uint version at
    /// <see cref="StripeVersion"/>. The version of <c>Stripes[bucket &amp; StripeMask]</c> grows whenever an element leaves a chain
    /// of the group. A look-up that found the key needs no more; one that found nothing is right only if the version is what it
    /// was before the walk (else an element under the reader's feet may have moved), and starts again or asks the slow path.
    /// </summary>
    [FieldOffset(64)] internal byte* Stripes;
    [FieldOffset(72)] internal uint StripeMask;

    /// <summary>Numbers the map in this process; never 0, never used again.</summary>
    [FieldOffset(76)] internal uint Id;

    /// <summary>LRU maps: one byte for each element index; a look-up by a program sets it to 1. Null for other maps.</summary>
    [FieldOffset(80)] internal byte* Referenced;

    internal const int StripeSize = 64;
    internal const int StripeVersion = 4;
}
