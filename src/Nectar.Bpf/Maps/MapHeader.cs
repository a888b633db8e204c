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
}
