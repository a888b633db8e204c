// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Verifier.Domain;

/// <summary>Which way a conditional jump goes.</summary>
internal enum BranchOutcome : sbyte
{
    Unknown = -1,
    NotTaken = 0,
    Taken = 1,
}

/// <summary>Conditional jumps between two numbers: whether the jump is decided, and what each way says about both numbers.</summary>
internal static class ScalarBranches
{
    /// <summary>Whether the ranges alone decide <c>if a op b</c>.</summary>
    public static BranchOutcome Decide(Operation operation, in ScalarRange a, in ScalarRange b, bool is32) => operation switch
    {
        Operation.Jeq => DecideEqual(a, b, is32),
        Operation.Jne => Opposite(DecideEqual(a, b, is32)),
        Operation.Jset => DecideCommonBits(Bits(a, is32), Bits(b, is32)),
        Operation.Jgt => is32 ? Less(b.U32Min, b.U32Max, a.U32Min, a.U32Max) : Less(b.UMin, b.UMax, a.UMin, a.UMax),
        Operation.Jlt => is32 ? Less(a.U32Min, a.U32Max, b.U32Min, b.U32Max) : Less(a.UMin, a.UMax, b.UMin, b.UMax),
        Operation.Jge => Opposite(is32 ? Less(a.U32Min, a.U32Max, b.U32Min, b.U32Max) : Less(a.UMin, a.UMax, b.UMin, b.UMax)),
        Operation.Jle => Opposite(is32 ? Less(b.U32Min, b.U32Max, a.U32Min, a.U32Max) : Less(b.UMin, b.UMax, a.UMin, a.UMax)),
        Operation.Jsgt => is32 ? Less(b.S32Min, b.S32Max, a.S32Min, a.S32Max) : Less(b.SMin, b.SMax, a.SMin, a.SMax),
        Operation.Jslt => is32 ? Less(a.S32Min, a.S32Max, b.S32Min, b.S32Max) : Less(a.SMin, a.SMax, b.SMin, b.SMax),
        Operation.Jsge => Opposite(is32 ? Less(a.S32Min, a.S32Max, b.S32Min, b.S32Max) : Less(a.SMin, a.SMax, b.SMin, b.SMax)),
        Operation.Jsle => Opposite(is32 ? Less(b.S32Min, b.S32Max, a.S32Min, a.S32Max) : Less(b.SMin, b.SMax, a.SMin, a.SMax)),
        _ => BranchOutcome.Unknown,
    };

    /// <summary>The operation that holds where <paramref name="operation"/> does not; <c>jset</c> has none and stays.</summary>
    public static Operation Negate(Operation operation) => operation switch
    {
        Operation.Jeq => Operation.Jne,
        Operation.Jne => Operation.Jeq,
        Operation.Jgt => Operation.Jle,
        Operation.Jle => Operation.Jgt,
        Operation.Jge => Operation.Jlt,
        Operation.Jlt => Operation.Jge,
        Operation.Jsgt => Operation.Jsle,
        Operation.Jsle => Operation.Jsgt,
        Operation.Jsge => Operation.Jslt,
        Operation.Jslt => Operation.Jsge,
        _ => operation,
    };

    /// <summary>The operation with its operands exchanged: <c>a op b</c> is <c>b flip(op) a</c>.</summary>
    public static Operation Flip(Operation operation) => operation switch
    {
        Operation.Jgt => Operation.Jlt,
        Operation.Jlt => Operation.Jgt,
        Operation.Jge => Operation.Jle,
        Operation.Jle => Operation.Jge,
        Operation.Jsgt => Operation.Jslt,
        Operation.Jslt => Operation.Jsgt,
        Operation.Jsge => Operation.Jsle,
        Operation.Jsle => Operation.Jsge,
        _ => operation,
    };

    /// <summary>Narrows both numbers, which may be the same one, to what they can be where <c>if a op b</c> was taken (or not).</summary>
    /// <returns>False if the bounds contradicted each other: that way cannot be gone. They are forgotten, as the kernel does. Not every impossible way shows.</returns>
    public static bool Refine(Operation operation, bool taken, ref ScalarRange a, ref ScalarRange b, bool is32)
    {
        BranchRefinement.Narrow(operation, taken, ref a, ref b, is32);
        a.Sync();
        b.Sync();
        return !(a.UnboundIfInconsistent() | b.UnboundIfInconsistent());
    }

    internal static Tnum Bits(in ScalarRange r, bool is32) => is32 ? r.Bits.Subreg : r.Bits;

    private static BranchOutcome DecideEqual(in ScalarRange a, in ScalarRange b, bool is32)
    {
        Tnum x = Bits(a, is32), y = Bits(b, is32);
        if (x.IsConst && y.IsConst) return x.Value == y.Value ? BranchOutcome.Taken : BranchOutcome.NotTaken;
        bool apart = !Tnum.Overlaps(x, y)
            || a.U32Min > b.U32Max || a.U32Max < b.U32Min || a.S32Min > b.S32Max || a.S32Max < b.S32Min
            || !is32 && (a.UMin > b.UMax || a.UMax < b.UMin || a.SMin > b.SMax || a.SMax < b.SMin);
        return apart ? BranchOutcome.NotTaken : BranchOutcome.Unknown;
    }

    private static BranchOutcome DecideCommonBits(Tnum x, Tnum y)
    {
        if (!y.IsConst) (x, y) = (y, x);
        if (!y.IsConst) return BranchOutcome.Unknown;
        if ((x.Value & y.Value) != 0) return BranchOutcome.Taken;
        return (x.Max & y.Value) == 0 ? BranchOutcome.NotTaken : BranchOutcome.Unknown;
    }

    private static BranchOutcome Less(ulong aMin, ulong aMax, ulong bMin, ulong bMax) =>
        aMax < bMin ? BranchOutcome.Taken : aMin >= bMax ? BranchOutcome.NotTaken : BranchOutcome.Unknown;

    private static BranchOutcome Less(long aMin, long aMax, long bMin, long bMax) =>
        aMax < bMin ? BranchOutcome.Taken : aMin >= bMax ? BranchOutcome.NotTaken : BranchOutcome.Unknown;

    private static BranchOutcome Opposite(BranchOutcome outcome) => outcome switch
    {
        BranchOutcome.Taken => BranchOutcome.NotTaken,
        BranchOutcome.NotTaken => BranchOutcome.Taken,
        _ => outcome,
    };
}
