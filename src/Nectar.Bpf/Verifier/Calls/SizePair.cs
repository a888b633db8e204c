// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Memory and its size, in two arguments.</summary>
internal static class SizePair
{
    /// <summary>No size may reach this (BPF_MAX_VAR_SIZ).</summary>
    private const ulong Limit = 1 << 29;

    internal static void Check(Analysis a, int memoryRegister, int sizeRegister, bool write, bool zeroAllowed, ref RawMemory raw)
    {
        ref RegisterState size = ref a.Registers[sizeRegister];
        if (size.Range.SMin < 0) a.Refuse(ViolationKind.SizeMayBeNegative, sizeRegister, $"the size in r{sizeRegister} may be negative: it is {size.Range.Format()}");
        if (size.Range.UMin == 0 && !zeroAllowed) a.Refuse(ViolationKind.SizeZero, sizeRegister, $"the size in r{sizeRegister} may be 0: it is {size.Range.Format()}, and at least 1 is needed");
        if (size.Range.UMax >= Limit) a.Refuse(ViolationKind.SizeUnbounded, sizeRegister, $"the size in r{sizeRegister} has no useful upper bound: it is {size.Range.Format()}");
        if (size.HasConstantRange)
        {
            MemoryAccess.CheckHelperRegion(a, memoryRegister, (int)size.Range.UMax, write, zeroAllowed, ref raw);
        }
        else
        {
            // A helper that fills less than the most that it might would leave the rest uninitialized.
            RawMemory none = default;
            MemoryAccess.CheckHelperRegion(a, memoryRegister, (int)size.Range.UMax, write, zeroAllowed, ref none);
        }

        a.Precision.Mark(sizeRegister);
    }
}
