// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Division and remainder. The hardware divides rdx:rax, where r3 and r0 live, so these are saved when they are still needed.
/// Unsigned division by a constant becomes a multiplication; division by zero gives 0, or leaves the dividend as remainder.
/// </summary>
internal static class DivisionEmitter
{
    private const Gpr Scratch = JitBuilder.Scratch, Scratch2 = JitBuilder.Scratch2;

    internal static void Emit(JitBuilder b, OpcodeInfo row)
    {
        Instruction instruction = b.Code[b.Slot];
        bool wide = row.Width == 64;
        bool signed = row.Operation is Operation.SDiv or Operation.SMod;
        bool remainder = row.Operation is Operation.Mod or Operation.SMod;
        b.Cover.Forget(instruction.Destination);
        if (row.Form == OperandForm.DstImm)
        {
            if (!signed && ByConstant(b, wide, remainder, b.Dst, wide ? (ulong)instruction.Immediate : (uint)instruction.Immediate)) return;
            if (signed && SignedByTrivial(b, wide, remainder, b.Dst, instruction.Immediate)) return;
            b.X.MoveImmediate(Scratch, wide ? (ulong)instruction.Immediate : (uint)instruction.Immediate);
            Divide(b, wide, signed, remainder, b.Dst, Scratch);
            return;
        }

        ByRegister(b, wide, signed, remainder, b.Dst, b.Src);
    }

    private static void ByRegister(JitBuilder b, bool wide, bool signed, bool remainder, Gpr dst, Gpr src)
    {
        X64Emitter x = b.X;
        int cold = b.NewLabel();
        int done = b.NewLabel();
        x.Rr(wide, X64Emitter.Test, src, src);
        b.JumpCold(Condition.Equal, cold);
        b.AddCold(new ColdPath { Kind = ColdKind.DivisionByZero, Label = cold, Continue = done, Slot = b.Slot, Register = dst, IsRemainder = remainder, IsWide = wide });
        if (signed)
        {
            // The smallest number divided by -1 overflows, which the hardware answers with an exception.
            int plain = b.NewLabel();
            x.Ri(wide, X64Emitter.ExtCmp, src, -1);
            b.JumpNear(Condition.NotEqual, plain);
            if (remainder) x.Rr(false, X64Emitter.Xor, dst, dst);
            else x.Unary(wide, 0xf7, 3, dst);
            b.JumpNear(done);
            b.Place(plain);
        }

        Gpr divisor = src;
        if (src is Gpr.Rax or Gpr.Rdx)
        {
            x.Move(wide, Scratch, src);
            divisor = Scratch;
        }

        Divide(b, wide, signed, remainder, dst, divisor);
        b.Place(done);
    }

    /// <summary>A division that is known to be possible, by a register other than rax and rdx.</summary>
    private static void Divide(JitBuilder b, bool wide, bool signed, bool remainder, Gpr dst, Gpr divisor)
    {
        X64Emitter x = b.X;
        Gpr result = remainder ? Gpr.Rdx : Gpr.Rax;
        bool saveRax = dst != Gpr.Rax && b.Analysis.IsLive(0, b.Slot);
        bool saveRdx = dst != Gpr.Rdx && b.Analysis.IsLive(3, b.Slot);
        if (saveRax) x.Move(true, Scratch2, Gpr.Rax);
        if (saveRdx) x.Rm(true, X64Emitter.Mov, Gpr.Rdx, new Mem(b.State, StateOffsets.Saved));
        if (dst != Gpr.Rax) x.Move(wide, Gpr.Rax, dst);
        if (signed)
        {
            if (wide) x.Byte(0x48);
            x.Byte(0x99);
        }
        else
        {
            x.Rr(false, X64Emitter.Xor, Gpr.Rdx, Gpr.Rdx);
        }

        x.Unary(wide, 0xf7, signed ? 7 : 6, divisor);
        if (dst != result) x.Move(wide, dst, result);
        if (saveRax) x.Move(true, Gpr.Rax, Scratch2);
        if (saveRdx) x.Rm(true, X64Emitter.LoadOp, Gpr.Rdx, new Mem(b.State, StateOffsets.Saved));
    }

    private static bool SignedByTrivial(JitBuilder b, bool wide, bool remainder, Gpr dst, int divisor)
    {
        X64Emitter x = b.X;
        switch (divisor)
        {
            case 0 when remainder:
            case 1 when !remainder:
                if (!wide) x.Move(false, dst, dst);
                return true;
            case 0 or 1:
            case -1 when remainder:
                x.Rr(false, X64Emitter.Xor, dst, dst);
                return true;
            case -1:
                x.Unary(wide, 0xf7, 3, dst);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Unsigned division by a constant without a division; false if that needs BMI2 and there is none.</summary>
    private static bool ByConstant(JitBuilder b, bool wide, bool remainder, Gpr dst, ulong divisor)
    {
        X64Emitter x = b.X;
        if (divisor == 0)
        {
            if (!remainder) x.Rr(false, X64Emitter.Xor, dst, dst);
            else if (!wide) x.Move(false, dst, dst);
            return true;
        }

        if (BitOperations.IsPow2(divisor))
        {
            int shift = BitOperations.TrailingZeroCount(divisor);
            if (!remainder) ArithmeticEmitter.ShiftImmediate(b, Operation.Rsh, wide, dst, shift);
            else Mask(b, wide, dst, shift);
            return true;
        }

        // r10 and r9 hold product and factor; r3's register is the implicit operand of mulx.
        if (!ArithmeticEmitter.HasBmi2 || (remainder && divisor != (ulong)(int)divisor)) return false;
        ulong magic;
        int after = 0;
        if (!wide)
        {
            // For 32-bit dividends floor(2^64 / d) + 1 is exact: its error times the dividend stays below 2^64 / d.
            magic = (ulong.MaxValue / divisor) + 1;
            x.Move(false, dst, dst);
        }
        else if (!TryMagic(divisor, out magic, out after))
        {
            return false;
        }

        x.MoveImmediate(Scratch2, magic);
        if (dst == Gpr.Rdx)
        {
            MulHigh(x, Scratch, Scratch2);
        }
        else
        {
            // The dividend times the factor is the factor times the dividend: only rdx has to move aside.
            bool save = b.Analysis.IsLive(3, b.Slot);
            if (save) x.Move(true, Scratch, Gpr.Rdx);
            x.Move(true, Gpr.Rdx, dst);
            MulHigh(x, Scratch2, Scratch2);
            if (save) x.Move(true, Gpr.Rdx, Scratch);
            x.Move(true, Scratch, Scratch2);
        }

        if (after != 0) x.ShiftImmediate(true, X64Emitter.ExtShr, Scratch, after);
        if (!remainder)
        {
            x.Move(true, dst, Scratch);
            return true;
        }

        ArithmeticEmitter.Multiply(b, wide, Scratch, Scratch, (int)divisor);
        x.Rr(wide, X64Emitter.Sub, Scratch, dst);
        return true;
    }

    private static void Mask(JitBuilder b, bool wide, Gpr dst, int bits)
    {
        X64Emitter x = b.X;
        if (bits == 0) x.Rr(false, X64Emitter.Xor, dst, dst);
        else if (bits < 32) x.Ri(false, X64Emitter.ExtAnd, dst, (int)((1u << bits) - 1));
        else if (bits == 32) x.Move(false, dst, dst);
        else
        {
            x.ShiftImmediate(wide, X64Emitter.ExtShl, dst, 64 - bits);
            x.ShiftImmediate(wide, X64Emitter.ExtShr, dst, 64 - bits);
        }
    }

    /// <summary>mulx: the upper half of rdx times a register.</summary>
    private static void MulHigh(X64Emitter x, Gpr high, Gpr factor) => x.Vex(true, 3, 0xf6, high, high, factor);

    /// <summary>
    /// The factor and shift with which floor(n * factor / 2^(64 + shift)) is n / divisor for all n (Granlund and Montgomery 1994);
    /// false if the factor would need 65 bits.
    /// </summary>
    private static bool TryMagic(ulong divisor, out ulong magic, out int shift)
    {
        shift = BitOperations.Log2(divisor);
        UInt128 power = UInt128.One << (64 + shift);
        UInt128 quotient = power / divisor;
        magic = (ulong)quotient + 1;
        ulong excess = divisor - (ulong)(power - (quotient * divisor));
        return quotient < ulong.MaxValue && excess <= 1UL << shift;
    }
}
