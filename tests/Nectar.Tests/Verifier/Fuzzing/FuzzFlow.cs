// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Branches, loops, tests for null, and the end.</summary>
internal static class FuzzFlow
{
    private static readonly Operation[] s_conditions =
    [
        Operation.Jeq, Operation.Jne, Operation.Jgt, Operation.Jge, Operation.Jlt, Operation.Jle, Operation.Jsgt, Operation.Jsge, Operation.Jslt, Operation.Jsle, Operation.Jset,
    ];

    public static void Branch(FuzzBuilder b, int depth)
    {
        if (depth > 2) return;
        int jump = Condition(b);
        FuzzState before = b.State.Copy();
        bool held = b.HoldsRecord;
        Block(b, depth + 1, held);
        if (b.Chance(50))
        {
            int skip = b.Code.Jump();
            b.Code.Land(jump);
            FuzzState then = b.State;
            b.State = before;
            Block(b, depth + 1, held);
            b.State.Join(then);
            b.Code.Land(skip);
            return;
        }
        b.Code.Land(jump);
        b.State.Join(before);
    }

    /// <summary>A loop that ends: by a counter on the stack or in a register, by shifting, or by may_goto.</summary>
    public static void Loop(FuzzBuilder b, int depth)
    {
        if (depth > 1 || b.Loops > 0 && !b.Slip || b.HoldsRecord) return;
        b.Loops++;
        int kind = b.Next(4), turns = 1 + b.Next(b.Chance(20) ? 200 : 8), counter = 8, slot = 15;
        if (kind == 0)
        {
            b.Code.StoreImmediate(8, 10, -8 * (slot + 1), turns);
        }
        else
        {
            b.Code.Set(counter, kind == 1 ? 0 : kind == 2 ? 1 << b.Next(12) : turns);
        }
        // what the loop changes must be the same kind of thing in each turn
        for (int r = 0; r < 10; r++)
        {
            if (b.State.Registers[r].Kind != FuzzKind.Context || r < 6) b.Put(r, default);
        }
        for (int i = 0; i < 16; i++)
        {
            if (b.State.Slots[i].Kind != FuzzKind.Number) b.State.Slots[i] = default;
        }
        b.State.Slots[slot] = default;
        int top = b.Code.Count;
        int exit = -1;
        if (kind == 1) exit = b.Code.JumpIf(Operation.Jge, 64, counter, turns);
        if (kind == 3 && b.Chance(70)) b.Code.Add(Operation.MayGoto, 0, OperandForm.Jump, 0, 0, 0, 0);
        int mayGoto = b.Code.Count - 1 > top - 1 && kind == 3 && b.Code.Count > top ? b.Code.Count - 1 : -1;
        b.Put(counter, default);
        int before = b.Code.Count;
        Body(b, depth, counter, slot);
        if (kind == 0)
        {
            b.Code.Load(8, 1, 10, -8 * (slot + 1));
            b.Code.Immediate(Operation.Sub, 64, 1, 1);
            b.Code.Store(8, 10, -8 * (slot + 1), 1);
            b.Put(1, FuzzValue.Number());
            b.Code.Land(b.Code.JumpIf(b.Slip ? Operation.Jsgt : Operation.Jne, 64, 1, 0), top);
        }
        else if (kind == 1)
        {
            b.Code.Immediate(Operation.Add, b.Chance(70) ? 64 : 32, counter, b.Slip ? 0 : 1);
            b.Code.Land(b.Code.Jump(), top);
            b.Code.Land(exit);
        }
        else if (kind == 2)
        {
            b.Code.Immediate(Operation.Rsh, 64, counter, 1);
            b.Code.Land(b.Code.JumpIf(Operation.Jne, 64, counter, 0), top);
        }
        else
        {
            b.Code.Immediate(Operation.Sub, 64, counter, 1);
            b.Code.Land(b.Code.JumpIf(Operation.Jsgt, 64, counter, 0), top);
            if (mayGoto >= 0) b.Code.Land(mayGoto);
        }
        b.Put(counter, FuzzValue.Number());
        b.Loops--;
    }

    /// <summary>Compares a pointer that may be null with null, and leaves if it is.</summary>
    public static void NullTest(FuzzBuilder b)
    {
        int register = b.Find(value => value.MaybeNull);
        if (register < 0 || b.Slip) return;
        FuzzValue value = b.State.Registers[register];
        if (b.HoldsRecord)
        {
            // not out of here: use it only where it is not null
            return;
        }
        if (b.Chance(50)) b.Bails.Add(b.Code.JumpIf(Operation.Jeq, 64, register, 0));
        else
        {
            int some = b.Code.JumpIf(Operation.Jne, 64, register, 0);
            b.Bails.Add(b.Code.Jump());
            b.Code.Land(some);
        }
        // copies are tested with it
        for (int r = 0; r < 10; r++)
        {
            if (b.State.Registers[r] == value && r == register) b.Put(r, value with { MaybeNull = false });
        }
    }

    /// <summary>A value that the program type may return.</summary>
    public static void Return(FuzzBuilder b)
    {
        switch (b.Next(4))
        {
            case 0 when b.Slip:
                b.Code.Set(0, b.Constant());
                break;
            case 1 when b.Slip:
                break;
            case 2 when b.State.Registers[7].Kind == FuzzKind.Number && b.Bails.Count == 0:
                b.Code.Move(0, 7);
                b.Code.Immediate(Operation.And, 64, 0, 1);
                break;
            default:
                b.Code.Set(0, b.Next(Math.Min(b.Profile.Returns, 1000) + 1));
                break;
        }
    }

    private static int Condition(FuzzBuilder b)
    {
        Operation operation = s_conditions[b.Next(s_conditions.Length)];
        int width = b.Chance(60) ? 64 : 32, left = b.Number();
        return b.Chance(60) ? b.Code.JumpIf(operation, width, left, b.Constant()) : b.Code.JumpIfRegister(operation, width, left, b.Number());
    }

    private static void Block(FuzzBuilder b, int depth, bool held)
    {
        int statements = 1 + b.Next(3);
        for (int i = 0; i < statements && b.HoldsRecord == held; i++) b.Statement(depth);
        if (b.HoldsRecord && !held) FuzzCalls.Release(b);
    }

    private static void Body(FuzzBuilder b, int depth, int counter, int slot)
    {
        int statements = 1 + b.Next(3);
        for (int i = 0; i < statements; i++)
        {
            b.Statement(depth + 1);
            if (b.HoldsRecord) FuzzCalls.Release(b);
            // the counter belongs to the loop
            b.Put(counter, default);
            b.State.Slots[slot] = default;
        }
    }
}
