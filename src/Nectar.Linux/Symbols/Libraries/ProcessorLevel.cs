// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.Intrinsics.X86;

namespace Nectar.Linux.Symbols.Libraries;

/// <summary>Which of glibc's processor levels (<c>glibc-hwcaps/x86-64-v3</c>) this machine has: the dynamic linker takes the highest.</summary>
internal static class ProcessorLevel
{
    /// <summary>1 for any x86-64 (and all other machines), 2 to 4 for the levels of the x86-64 psABI.</summary>
    internal static int Current { get; } = Find();

    private static int Find()
    {
        if (!Sse42.IsSupported || !Popcnt.IsSupported || !Ssse3.IsSupported) return 1;
        if (!Avx2.IsSupported || !Bmi1.IsSupported || !Bmi2.IsSupported || !Fma.IsSupported || !Lzcnt.IsSupported) return 2;
        return Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512CD.IsSupported && Avx512DQ.IsSupported ? 4 : 3;
    }
}
