// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>Jumps: comparisons fused with them, chains of jumps shortened, fuel charged on the way back.</summary>
internal static class BranchEmitter
{
    private const int MaximumChain = 8;

    /// <summary>Emits a conditional jump; returns the number of slots done (2 if it swallowed the jump behind it).</summary>
    internal static int Conditional(JitBuilder b, OpcodeInfo row)
    {
        Instruction instruction = b.Code[b.Slot];
        Compare(b, row, instruction);
        return Jump(b, ConditionOf(row.Operation));
    }

    /// <summary>The jump behind a comparison whose flags are set.</summary>
    internal static int Jump(JitBuilder b, Condition condition)
    {
        int slot = b.Slot;
        int target = b.Analysis.Target(slot);

        // "if c goto over; goto target; over:" is "if not c goto target".
        if (target == slot + 2 && IsPlainJump(b, slot + 1) && !b.Program.IsLeader[slot + 1])
        {
            b.Slot = slot + 1;
            To(b, (Condition)((int)condition ^ 1), b.Analysis.Target(slot + 1));
            b.Slot = slot;
            return 2;
        }

        To(b, condition, target);
        return 1;
    }

    internal static void Unconditional(JitBuilder b)
    {
        int slot = b.Slot;
        int target = b.Analysis.Target(slot);
        Charge(b, target);
        target = Follow(b, target);
        if (target != slot + 1 && !(target == slot + 2 && b.Program.Rows[slot + 1] is null)) b.Jump(target);
    }

    internal static void MayGoto(JitBuilder b)
    {
        // The count is in the frame: it is the function's own, as in the kernel.
        Mem counter = new(Gpr.Rsp, b.Frame.MayGotoOffset);
        b.X.Mi(false, X64Emitter.ExtSub, counter, 1);
        int target = b.Analysis.Target(b.Slot);
        if (target > b.Slot)
        {
            // Spent: leave the count at zero for the next time.
            int go = b.NewLabel();
            b.JumpNear(Condition.AboveEqual, go);
            b.X.Mi(false, X64Emitter.ExtAdd, counter, 1);
            b.Jump(Follow(b, target));
            b.Place(go);
            return;
        }

        int next = b.NewLabel();
        b.JumpNear(Condition.AboveEqual, next);
        b.X.Mi(false, X64Emitter.ExtAdd, counter, 1);
        Charge(b, target);
        b.Jump(target);
        b.Place(next);
    }

    /// <summary>Sets the flags for a conditional jump.</summary>
    internal static void Compare(JitBuilder b, OpcodeInfo row, Instruction instruction)
    {
        bool wide = row.Width == 64;
        bool test = row.Operation == Operation.Jset;
        X64Emitter x = b.X;
        if (row.Form == OperandForm.DstSrcJump)
        {
            x.Rr(wide, test ? X64Emitter.Test : X64Emitter.Cmp, b.Src, b.Dst);
            return;
        }

        int immediate = instruction.Immediate;
        if (test)
        {
            // A mask without sign needs no 64-bit operand, and one of a byte no REX for most registers.
            x.Unary(wide && immediate < 0, 0xf7, 0, b.Dst);
            x.Int32(immediate);
        }
        else if (immediate == 0)
        {
            x.Rr(wide, X64Emitter.Test, b.Dst, b.Dst);
        }
        else
        {
            x.Ri(wide, X64Emitter.ExtCmp, b.Dst, immediate);
        }
    }

    internal static Condition ConditionOf(Operation operation) => operation switch
    {
        Operation.Jeq => Condition.Equal,
        Operation.Jgt => Condition.Above,
        Operation.Jge => Condition.AboveEqual,
        Operation.Jset or Operation.Jne => Condition.NotEqual,
        Operation.Jsgt => Condition.Greater,
        Operation.Jsge => Condition.GreaterEqual,
        Operation.Jlt => Condition.Below,
        Operation.Jle => Condition.BelowEqual,
        Operation.Jslt => Condition.Less,
        _ => Condition.LessEqual,
    };

    private static void To(JitBuilder b, Condition condition, int target)
    {
        if (!b.CountsFuel || target > b.Slot)
        {
            b.Jump(condition, Follow(b, target));
            return;
        }

        int next = b.NewLabel();
        b.JumpNear((Condition)((int)condition ^ 1), next);
        Charge(b, target);
        b.Jump(Follow(b, target));
        b.Place(next);
    }

    /// <summary>A taken jump backwards costs the slots that it goes over.</summary>
    private static void Charge(JitBuilder b, int target)
    {
        if (b.CountsFuel && target <= b.Slot) CallEmitter.ChargeFuel(b, b.Slot - target + 1);
    }

    private static bool IsPlainJump(JitBuilder b, int slot) => b.Program.Rows[slot]?.Operation is Operation.Ja or Operation.JaLong;

    /// <summary>Where a chain of jumps ends. Jumps backwards cost fuel, so they end the chain where it is counted.</summary>
    private static int Follow(JitBuilder b, int target)
    {
        for (int i = 0; i < MaximumChain && IsPlainJump(b, target); i++)
        {
            int next = b.Analysis.Target(target);
            if (next <= target && (b.CountsFuel || next == target)) break;
            target = next;
        }

        return target;
    }
}
