// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Vm;

/// <summary>
/// The bounds that one register's accesses were last found to lie in. An access of w bytes at address a is inside if
/// <c>a - Low &lt; Limit[w]</c> in unsigned arithmetic, where <c>Limit[w]</c> is size - w + 1, or 0 if the region is
/// smaller than w: one subtraction and one comparison, and an empty slot (all zero) admits nothing.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RegionSlot
{
    internal const int Size = 40;

    internal ulong Low;
    internal ulong Limit8;
    internal ulong Limit16;
    internal ulong Limit32;
    internal ulong Limit64;

    internal void Set(ulong low, ulong size)
    {
        Low = low;
        Limit8 = size;
        Limit16 = size >= 2 ? size - 1 : 0;
        Limit32 = size >= 4 ? size - 3 : 0;
        Limit64 = size >= 8 ? size - 7 : 0;
    }
}
