// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Atomics. Every register may be base, operand, and r0 at the same time, so operands are never assumed to differ; the address
/// is computed before anything is overwritten.
/// </summary>
internal static class AtomicEmitter
{
    private const Gpr Scratch = JitBuilder.Scratch, Scratch2 = JitBuilder.Scratch2;

    internal static void Emit(JitBuilder b, OpcodeInfo row)
    {
        Instruction instruction = b.Code[b.Slot];
        bool wide = row.Width == 64;
        X64Emitter x = b.X;
        Mem memory = MemoryEmitter.Target(b, row);
        if (b.IsChecked) TestAlignment(b, row, memory);
        switch (row.Operation)
        {
            case Operation.LoadAcquire:
                // Loads are ordered like this anyway on this architecture, and so are stores.
                MemoryEmitter.LoadPlain(b, row, b.Dst, memory);
                b.Cover.Forget(instruction.Destination);
                break;
            case Operation.StoreRelease:
                MemoryEmitter.StoreRegisterTo(b, row, memory, b.Src);
                break;
            case Operation.AtomicAdd or Operation.AtomicOr or Operation.AtomicAnd or Operation.AtomicXor:
                x.Byte(0xf0);
                x.Rm(wide, Plain(row.Operation), b.Src, memory);
                break;
            case Operation.AtomicFetchAdd:
                x.Byte(0xf0);
                x.Rm(wide, 0xfc1, b.Src, memory);
                b.Cover.Forget(instruction.Source);
                break;
            case Operation.AtomicXchg:
                x.Rm(wide, 0x87, b.Src, memory);
                b.Cover.Forget(instruction.Source);
                break;
            case Operation.AtomicCmpXchg:
                x.Byte(0xf0);
                x.Rm(wide, 0xfb1, b.Src, memory);

                // The 32-bit form writes eax only when the values differ.
                if (!wide) x.Move(false, Gpr.Rax, Gpr.Rax);
                b.Cover.Forget(0);
                break;
            default:
                FetchLoop(b, row, wide, memory);
                b.Cover.Forget(instruction.Source);
                break;
        }
    }

    /// <summary>Fetching and, or, xor: the hardware has only compare-and-exchange for these.</summary>
    private static void FetchLoop(JitBuilder b, OpcodeInfo row, bool wide, Mem memory)
    {
        X64Emitter x = b.X;
        Mem saved = new(b.State, StateOffsets.Saved);
        Gpr src = b.Src;
        int again = b.NewLabel();
        x.Lea(true, Scratch2, memory);
        x.Rm(true, X64Emitter.Mov, Gpr.Rax, saved);
        x.Rm(wide, X64Emitter.LoadOp, Gpr.Rax, new Mem(Scratch2, 0));
        b.Place(again);
        x.Move(wide, Scratch, Gpr.Rax);
        int opcode = Plain(row.Operation);
        if (src == Gpr.Rax) x.Rm(wide, opcode + 2, Scratch, saved);
        else x.Rr(wide, opcode, src, Scratch);
        x.Byte(0xf0);
        x.Rm(wide, 0xfb1, Scratch, new Mem(Scratch2, 0));
        b.Jump(Condition.NotEqual, again);
        if (src == Gpr.Rax) return;
        x.Move(wide, src, Gpr.Rax);
        x.Rm(true, X64Emitter.LoadOp, Gpr.Rax, saved);
    }

    /// <summary>Atomics across cache lines are not atomic everywhere, so the machine refuses what is not aligned.</summary>
    private static void TestAlignment(JitBuilder b, OpcodeInfo row, Mem memory)
    {
        if (row.Width == 8) return;
        if (b.Program.IsVerified) return;
        if (b.Program.Access[b.Slot] == AccessKind.Stack && memory.Displacement % (row.Width / 8) == 0) return;
        X64Emitter x = b.X;
        x.Lea(true, Scratch2, memory);
        x.Unary(false, 0xf7, 0, Scratch2);
        x.Int32((row.Width / 8) - 1);
        int cold = b.NewLabel();
        b.JumpCold(Condition.NotEqual, cold);
        b.AddCold(new ColdPath
        {
            Kind = ColdKind.Misaligned,
            Label = cold,
            Slot = b.Slot,
            Register = Scratch2,
            Description = (uint)(row.Width / 8) | 0x80000000u,
        });
    }

    private static int Plain(Operation operation) => operation switch
    {
        Operation.AtomicAdd => X64Emitter.Add,
        Operation.AtomicOr or Operation.AtomicFetchOr => X64Emitter.Or,
        Operation.AtomicAnd or Operation.AtomicFetchAnd => X64Emitter.And,
        _ => X64Emitter.Xor,
    };
}
