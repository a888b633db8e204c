// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Arithmetic and bounds.</summary>
internal static class FuzzNumbers
{
    private static readonly Operation[] s_operations =
    [
        Operation.Add, Operation.Sub, Operation.Mul, Operation.Div, Operation.Or, Operation.And, Operation.Lsh, Operation.Rsh, Operation.Mod,
        Operation.Xor, Operation.Mov, Operation.Arsh, Operation.SDiv, Operation.SMod, Operation.Add, Operation.And,
    ];

    public static void Arithmetic(FuzzBuilder b)
    {
        Operation operation = s_operations[b.Next(s_operations.Length)];
        int width = b.Chance(60) ? 64 : 32, register = b.Number();
        if (b.Chance(50))
        {
            b.Code.Register(operation, width, register, b.Number());
        }
        else
        {
            int value = b.Constant();
            if (operation is Operation.Lsh or Operation.Rsh or Operation.Arsh && !b.Slip) value &= width - 1;
            if (operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod && value == 0 && !b.Slip) value = 3;
            b.Code.Immediate(operation, width, register, value);
        }
        b.Put(register, FuzzValue.Number());
    }

    public static void Unary(FuzzBuilder b)
    {
        int register = b.Number(), width = b.Chance(50) ? 64 : 32;
        switch (b.Next(5))
        {
            case 0: b.Code.Add(Operation.Neg, width, OperandForm.Dst, register, 0, 0, 0); break;
            case 1: b.Code.Add(Operation.ToBe, 16 << b.Next(3), OperandForm.Dst, register, 0, 0, 0); break;
            case 2: b.Code.Add(Operation.MovSx8, width, OperandForm.DstSrc, register, b.Number(), 0, 0); break;
            case 3: b.Code.Add(Operation.MovSx32, 64, OperandForm.DstSrc, register, b.Number(), 0, 0); break;
            default: b.Code.Wide(register, b.Random.NextInt64(long.MinValue, long.MaxValue)); break;
        }
        b.Put(register, FuzzValue.Number());
    }

    /// <summary>Makes a number small, in one of the ways that compilers do.</summary>
    public static void Bound(FuzzBuilder b) => Bounded(b, b.Number(), 1 + b.Next(64));

    /// <summary>Makes a number less than a limit.</summary>
    public static void Bounded(FuzzBuilder b, int register, int limit)
    {
        if (b.Slip) limit += 1 + b.Next(8);
        bool canLeave = !b.HoldsRecord || b.Slip;
        switch (b.Next(canLeave ? 6 : 3))
        {
            case 0:
                int mask = 1;
                while (mask * 2 <= limit) mask *= 2;
                b.Code.Immediate(Operation.And, b.Chance(50) ? 64 : 32, register, mask - 1);
                break;
            case 1:
                b.Code.Immediate(Operation.Mod, b.Chance(50) ? 64 : 32, register, limit);
                b.Code.Immediate(Operation.And, 64, register, 0);
                break;
            case 2:
                // keep it if it is small, else zero
                int keep = b.Code.JumpIf(Operation.Jlt, b.Chance(70) ? 64 : 32, register, limit);
                b.Code.Set(register, 0);
                b.Code.Land(keep);
                break;
            case 3:
                b.Bails.Add(b.Code.JumpIf(Operation.Jge, 64, register, limit));
                break;
            case 4:
                b.Code.Immediate(Operation.Mov, 32, 0, limit);
                b.Put(0, FuzzValue.Number());
                if (register == 0) break;
                b.Bails.Add(b.Code.JumpIfRegister(Operation.Jge, 64, register, 0));
                break;
            default:
                // signed, both sides
                b.Bails.Add(b.Code.JumpIf(Operation.Jsge, 64, register, limit));
                if (!b.Slip) b.Bails.Add(b.Code.JumpIf(Operation.Jslt, 64, register, 0));
                break;
        }
        b.Put(register, FuzzValue.Number(limit - 1));
    }
}
