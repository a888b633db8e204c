// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Short sequences of instructions that one or two machine instructions do: rotates, sums as addresses, operations with three
/// operands. No jump may lead into the middle of a sequence, and what a sequence leaves out must not be read later.
/// </summary>
internal static class FusedEmitter
{
    /// <summary>Emits a sequence that starts at the current slot; returns its slots, 0 if there is none.</summary>
    internal static int TryEmit(JitBuilder b, OpcodeInfo row)
    {
        if (row.Width != 64 && row.Operation != Operation.Mov) return 0;
        switch (row.Operation)
        {
            case Operation.Mov when row.Form == OperandForm.DstSrc:
                int slots = Rotate(b, row);
                if (slots == 0) slots = Sum(b, row);
                return slots != 0 ? slots : ThreeOperands(b, row);
            case Operation.Add when row.Form == OperandForm.DstSrc:
                return IndexedInPlace(b);
            default:
                return 0;
        }
    }

    /// <summary>The row at a slot if the slot belongs to the same straight piece of code as the one before it.</summary>
    private static OpcodeInfo? Next(JitBuilder b, int slot) => slot < b.Frame.End && !b.Program.IsLeader[slot] ? b.Program.Rows[slot] : null;

    private static bool IsShift(OpcodeInfo? row, int width) =>
        row is { Operation: Operation.Lsh or Operation.Rsh, Form: OperandForm.DstImm } && row.Width == width;

    /// <summary>
    /// The two orders in which compilers write a rotate of x into d with a temporary t:
    /// <c>t = x; t shift= n; [d = x;] d shift= m; d |= t</c> with n + m the width and opposite directions.
    /// </summary>
    private static int Rotate(JitBuilder b, OpcodeInfo row)
    {
        int slot = b.Slot;
        Instruction move = b.Code[slot];
        int width = row.Width;
        OpcodeInfo? first = Next(b, slot + 1);
        if (!IsShift(first, width) || b.Code[slot + 1].Destination != move.Destination) return 0;
        int temporary = move.Destination, value = move.Source;
        if (temporary == value) return 0;
        int at = slot + 2;
        int result = value;
        if (Next(b, at) is { Operation: Operation.Mov, Form: OperandForm.DstSrc } copy && copy.Width == width && b.Code[at].Source == value)
        {
            result = b.Code[at].Destination;
            if (result == temporary || result == value) return 0;
            at++;
        }

        OpcodeInfo? second = Next(b, at);
        if (!IsShift(second, width) || second!.Operation == first!.Operation || b.Code[at].Destination != result) return 0;
        int n = b.Code[slot + 1].Immediate, m = b.Code[at].Immediate;
        if (n <= 0 || m <= 0 || n + m != width) return 0;
        at++;
        if (Next(b, at) is not { Operation: Operation.Or, Form: OperandForm.DstSrc } or || or.Width != width) return 0;

        // Either part may collect the other; the one that does not collect has to be dead.
        int destination = b.Code[at].Destination, other = b.Code[at].Source;
        if (!(destination == result && other == temporary) && !(destination == temporary && other == result)) return 0;
        if (b.Analysis.IsLive(other, at)) return 0;
        int right = first.Operation == Operation.Rsh ? n : m;
        EmitRotate(b, width == 64, JitBuilder.Map(destination), JitBuilder.Map(value), right);
        b.Cover.Forget(temporary);
        b.Cover.Forget(result);
        return at - slot + 1;
    }

    private static void EmitRotate(JitBuilder b, bool wide, Gpr destination, Gpr value, int right)
    {
        if (destination != value && ArithmeticEmitter.HasBmi2)
        {
            b.X.Rorx(wide, destination, value, right);
            return;
        }

        if (destination != value) b.X.Move(wide, destination, value);
        b.X.ShiftImmediate(wide, X64Emitter.ExtRor, destination, right);
    }

    /// <summary><c>d = x; d += y or constant</c>, alone or as the address of the next load or store.</summary>
    private static int Sum(JitBuilder b, OpcodeInfo row)
    {
        int slot = b.Slot;
        Instruction move = b.Code[slot];
        if (Next(b, slot + 1) is not { Operation: Operation.Add } add || add.Width != row.Width) return 0;
        Instruction sum = b.Code[slot + 1];
        if (sum.Destination != move.Destination || move.Destination == move.Source) return 0;
        Gpr x = JitBuilder.Map(move.Source);
        if (add.Form == OperandForm.DstImm)
        {
            b.X.Lea(row.Width == 64, b.Dst, new Mem(x, sum.Immediate));
            if (row.Width == 64)
            {
                b.Cover.Copy(move.Destination, move.Source);
                b.Cover.Shift(move.Destination, sum.Immediate);
            }
            else
            {
                b.Cover.Forget(move.Destination);
            }

            return 2;
        }

        if (sum.Source == move.Destination) return 0;
        Gpr y = JitBuilder.Map(sum.Source);
        if (row.Width == 64 && Access(b, slot + 2, move.Destination, x, y)) return 3;
        b.X.Lea(row.Width == 64, b.Dst, new Mem(x, y, 0));
        b.Cover.Forget(move.Destination);
        return 2;
    }

    /// <summary><c>d += y; d = *(d + off)</c>.</summary>
    private static int IndexedInPlace(JitBuilder b)
    {
        Instruction sum = b.Code[b.Slot];
        return sum.Source != sum.Destination && Access(b, b.Slot + 1, sum.Destination, b.Dst, b.Src) ? 2 : 0;
    }

    /// <summary>Emits the load or store at a slot with x + y as its address instead of the register, if that is dead afterwards.</summary>
    private static bool Access(JitBuilder b, int slot, int address, Gpr x, Gpr y)
    {
        OpcodeInfo? row = Next(b, slot);
        if (row is null || row.IsAtomic || b.Program.Access[slot] is not (AccessKind.Unknown or AccessKind.Proved)) return false;
        Instruction instruction = b.Code[slot];
        Mem memory = new(x, y, instruction.Offset);
        int saved = b.Slot;
        if (row.Form == OperandForm.LoadMem && instruction.Source == address && (instruction.Destination == address || !b.Analysis.IsLive(address, slot)))
        {
            b.Slot = slot;
            MemoryEmitter.LoadFrom(b, row, memory, -1);
        }
        else if (row.Form == OperandForm.StoreReg && instruction.Destination == address && instruction.Source != address && !b.Analysis.IsLive(address, slot))
        {
            b.Slot = slot;
            MemoryEmitter.Test(b, row.Width, memory, -1, true, false);
            MemoryEmitter.StoreRegisterTo(b, row, memory, JitBuilder.Map(instruction.Source));
        }
        else
        {
            return false;
        }

        b.Cover.Forget(address);
        b.Slot = saved;
        return true;
    }

    /// <summary><c>d = x; d op= constant or register</c> where the hardware has three operands.</summary>
    private static int ThreeOperands(JitBuilder b, OpcodeInfo row)
    {
        int slot = b.Slot;
        Instruction move = b.Code[slot];
        if (Next(b, slot + 1) is not { } next || next.Width != row.Width || b.Code[slot + 1].Destination != move.Destination || move.Destination == move.Source) return 0;
        Instruction second = b.Code[slot + 1];
        bool wide = row.Width == 64;
        Gpr x = b.Src, d = b.Dst;
        switch (next.Operation)
        {
            case Operation.Mul when next.Form == OperandForm.DstImm:
                ArithmeticEmitter.Multiply(b, wide, d, x, second.Immediate);
                break;
            case Operation.Sub when next.Form == OperandForm.DstImm && second.Immediate != int.MinValue:
                b.X.Lea(wide, d, new Mem(x, -second.Immediate));
                break;
            case Operation.And when next.Form == OperandForm.DstImm && second.Immediate is 0xff or 0xffff:
                if (second.Immediate == 0xff) b.X.RrByte(false, 0xfb6, d, x);
                else b.X.Rr(false, 0xfb7, d, x);
                break;
            case Operation.Lsh when next.Form == OperandForm.DstImm && second.Immediate is 1 or 2 or 3:
                b.X.LeaScaled(wide, d, x, second.Immediate);
                break;
            case Operation.Lsh or Operation.Rsh or Operation.Arsh when next.Form == OperandForm.DstSrc && ArithmeticEmitter.HasBmi2 && second.Source != move.Destination:
                ArithmeticEmitter.Shift(b, next.Operation, wide, d, x, JitBuilder.Map(second.Source));
                break;
            default:
                return 0;
        }

        b.Cover.Forget(move.Destination);
        return 2;
    }
}
