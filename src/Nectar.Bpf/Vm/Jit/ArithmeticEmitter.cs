// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.Intrinsics.X86;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>Arithmetic but division: one machine instruction each, 32-bit forms clear the upper half by themselves.</summary>
internal static class ArithmeticEmitter
{
    /// <summary>True if shifts can take their count from any register.</summary>
    internal static readonly bool HasBmi2 = Bmi2.X64.IsSupported;

    internal static void Emit(JitBuilder b, OpcodeInfo row)
    {
        Instruction instruction = b.Code[b.Slot];
        bool wide = row.Width == 64;
        if (row.Form == OperandForm.DstSrc) WithRegister(b, row.Operation, wide, b.Dst, b.Src);
        else if (row.Form == OperandForm.Dst) Unary(b, row);
        else WithImmediate(b, row.Operation, wide, b.Dst, instruction.Immediate);
        Track(b, row, instruction);
    }

    internal static void WithRegister(JitBuilder b, Operation operation, bool wide, Gpr dst, Gpr src)
    {
        X64Emitter x = b.X;
        switch (operation)
        {
            case Operation.Mov:
                if (!wide || dst != src) x.Move(wide, dst, src);
                break;
            case Operation.AddrSpaceCast:
                if (dst != src) x.Move(true, dst, src);
                break;
            case Operation.Mul: x.Rr(wide, 0xfaf, dst, src); break;
            case Operation.MovSx8: x.RrByte(wide, 0xfbe, dst, src); break;
            case Operation.MovSx16: x.Rr(wide, 0xfbf, dst, src); break;
            case Operation.MovSx32: x.Rr(true, 0x63, dst, src); break;
            case Operation.Lsh or Operation.Rsh or Operation.Arsh: Shift(b, operation, wide, dst, dst, src); break;
            default: x.Rr(wide, Opcode(operation), src, dst); break;
        }
    }

    internal static void WithImmediate(JitBuilder b, Operation operation, bool wide, Gpr dst, int immediate)
    {
        X64Emitter x = b.X;
        switch (operation)
        {
            case Operation.Mov: x.MoveImmediate(dst, wide ? (ulong)immediate : (uint)immediate); break;
            case Operation.Mul: Multiply(b, wide, dst, dst, immediate); break;
            case Operation.Lsh or Operation.Rsh or Operation.Arsh: ShiftImmediate(b, operation, wide, dst, immediate); break;
            case Operation.And when wide && immediate >= 0: x.Ri(false, X64Emitter.ExtAnd, dst, immediate); break;
            case Operation.And when immediate == 0xff: x.RrByte(false, 0xfb6, dst, dst); break;
            default:
                // An operation that changes nothing still clears the upper half when it is 32 bits wide.
                x.Ri(wide, Extension(operation), dst, immediate);
                break;
        }
    }

    /// <summary>The product of a register and a constant in another or the same register.</summary>
    internal static void Multiply(JitBuilder b, bool wide, Gpr dst, Gpr src, int immediate)
    {
        bool isShort = immediate == (sbyte)immediate;
        b.X.Rr(wide, isShort ? 0x6b : 0x69, dst, src);
        if (isShort) b.X.Byte(immediate);
        else b.X.Int32(immediate);
    }

    internal static void ShiftImmediate(JitBuilder b, Operation operation, bool wide, Gpr dst, int count)
    {
        count &= wide ? 63 : 31;
        if (count != 0) b.X.ShiftImmediate(wide, ShiftExtension(operation), dst, count);
        else if (!wide) b.X.Move(false, dst, dst);
    }

    /// <summary>Shifts by a register; both engines and the hardware use the low 6 or 5 bits of it.</summary>
    internal static void Shift(JitBuilder b, Operation operation, bool wide, Gpr dst, Gpr value, Gpr count)
    {
        X64Emitter x = b.X;
        if (HasBmi2)
        {
            int prefix = operation == Operation.Lsh ? 1 : operation == Operation.Arsh ? 2 : 3;
            x.Vex(wide, prefix, 0xf7, dst, count, value);
            return;
        }

        // The count has to be in cl, where r4 lives.
        if (dst != value) x.Move(true, dst, value);
        if (count == Gpr.Rcx && dst != Gpr.Rcx)
        {
            x.Unary(wide, 0xd3, ShiftExtension(operation), dst);
            return;
        }

        x.Move(true, JitBuilder.Scratch, dst);
        x.Move(true, JitBuilder.Scratch2, Gpr.Rcx);
        if (count != Gpr.Rcx) x.Move(true, Gpr.Rcx, count);
        x.Unary(wide, 0xd3, ShiftExtension(operation), JitBuilder.Scratch);
        x.Move(true, Gpr.Rcx, JitBuilder.Scratch2);
        x.Move(true, dst, JitBuilder.Scratch);
    }

    /// <summary>Keeps what is known about tested addresses when a register changes.</summary>
    internal static void Track(JitBuilder b, OpcodeInfo row, Instruction instruction)
    {
        if (!b.IsChecked) return;
        if (row is { Width: 64, Operation: Operation.Add, Form: OperandForm.DstImm }) b.Cover.Shift(instruction.Destination, instruction.Immediate);
        else if (row is { Width: 64, Operation: Operation.Mov, Form: OperandForm.DstSrc }) b.Cover.Copy(instruction.Destination, instruction.Source);
        else b.Cover.Forget(instruction.Destination);
    }

    internal static int Opcode(Operation operation) => operation switch
    {
        Operation.Add => X64Emitter.Add,
        Operation.Sub => X64Emitter.Sub,
        Operation.Or => X64Emitter.Or,
        Operation.And => X64Emitter.And,
        _ => X64Emitter.Xor,
    };

    private static int Extension(Operation operation) => operation switch
    {
        Operation.Add => X64Emitter.ExtAdd,
        Operation.Sub => X64Emitter.ExtSub,
        Operation.Or => X64Emitter.ExtOr,
        Operation.And => X64Emitter.ExtAnd,
        _ => X64Emitter.ExtXor,
    };

    private static int ShiftExtension(Operation operation) => operation switch
    {
        Operation.Lsh => X64Emitter.ExtShl,
        Operation.Rsh => X64Emitter.ExtShr,
        _ => X64Emitter.ExtSar,
    };

    private static void Unary(JitBuilder b, OpcodeInfo row)
    {
        X64Emitter x = b.X;
        Gpr dst = b.Dst;
        if (row.Operation == Operation.Neg)
        {
            x.Unary(row.Width == 64, 0xf7, 3, dst);
            return;
        }

        bool swap = row.Operation != Operation.ToLe;
        switch (row.Width)
        {
            case 16:
                if (swap)
                {
                    x.Byte(0x66);
                    x.ShiftImmediate(false, X64Emitter.ExtRol, dst, 8);
                }

                x.Rr(false, 0xfb7, dst, dst);
                break;
            case 32 when !swap:
                x.Move(false, dst, dst);
                break;
            default:
                if (swap) Swap(x, row.Width == 64, dst);
                break;
        }
    }

    internal static void Swap(X64Emitter x, bool wide, Gpr register)
    {
        int rex = (wide ? 0x48 : 0x40) | ((int)register >> 3);
        if (rex != 0x40) x.Byte(rex);
        x.Byte(0x0f);
        x.Byte(0xc8 | ((int)register & 7));
    }
}
