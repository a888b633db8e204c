// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm;

/// <summary>Turns prepared code into the interpreter's own instructions.</summary>
internal static class OpDecoder
{
    private static readonly OpCode?[] s_arithmetic = BuildArithmetic();

    /// <summary>Decodes a program: the instructions (pinned), the slot of each, and the instruction of each slot.</summary>
    internal static (Op[] Ops, int[] Slots, int[] OpOfSlot) Decode(PreparedProgram program, EngineSettings settings)
    {
        int count = program.Instructions.Length;
        int[] opOfSlot = new int[count];
        int ops = 0;
        for (int at = 0; at < count; at++)
        {
            opOfSlot[at] = ops;
            if (program.Rows[at] is not null) ops++;
        }

        // One more: what a program runs into behind a call that does not return.
        Op[] code = GC.AllocateArray<Op>(ops + 1, pinned: true);
        int[] slots = new int[ops + 1];
        for (int at = 0; at < count; at++)
        {
            if (program.Rows[at] is not { } row) continue;
            ref Op op = ref code[opOfSlot[at]];
            slots[opOfSlot[at]] = at;
            Instruction instruction = program.Instructions[at];
            op.Dst = (byte)instruction.Destination;
            op.Src = (byte)instruction.Source;
            op.Imm = instruction.Immediate;
            op.Code = row.Form switch
            {
                OperandForm.DstImm or OperandForm.DstSrc or OperandForm.Dst => Arithmetic(row),
                OperandForm.Jump or OperandForm.JumpLong or OperandForm.DstImmJump or OperandForm.DstSrcJump => Jump(ref op, row, instruction, at, opOfSlot),
                OperandForm.LoadMem or OperandForm.StoreImm or OperandForm.StoreReg => Memory(ref op, row, instruction, program, at, settings),
                OperandForm.Call => Call(ref op, row, program, at, opOfSlot),
                OperandForm.Register => CallRegister(ref op, at),
                OperandForm.Wide => Wide(ref op, program.Constants[at]),
                OperandForm.PacketAbs or OperandForm.PacketInd => Packet(ref op, row),
                _ => OpCode.Exit,
            };
        }

        code[ops].Code = (OpCode)ushort.MaxValue;
        slots[ops] = count - 1;
        return (code, slots, opOfSlot);
    }

    private static OpCode Arithmetic(OpcodeInfo row) =>
        s_arithmetic[Key(row.Operation, row.Width, row.Form)] ?? throw new InvalidOperationException($"no decoding for {row}");

    private static int Key(Operation operation, int width, OperandForm form) => ((int)operation << 4) | (width >> 5 << 2) | (form switch { OperandForm.DstImm or OperandForm.DstImmJump => 0, OperandForm.Dst => 2, _ => 1 });

    private static OpCode?[] BuildArithmetic()
    {
        OpCode?[] table = new OpCode?[4096];
        foreach (OpcodeInfo row in OpcodeTable.Rows)
        {
            bool immediate = row.Form is OperandForm.DstImm or OperandForm.DstImmJump;
            int width = row.Width;
            OpCode? code = row.Form switch
            {
                OperandForm.Dst => row.Operation switch
                {
                    Operation.Neg => width == 64 ? OpCode.Neg64 : OpCode.Neg32,
                    Operation.ToLe => width switch { 16 => OpCode.Truncate16, 32 => OpCode.Truncate32, _ => OpCode.Nop },
                    _ => width switch { 16 => OpCode.Swap16, 32 => OpCode.Swap32, _ => OpCode.Swap64 },
                },
                OperandForm.DstImm or OperandForm.DstSrc or OperandForm.DstImmJump or OperandForm.DstSrcJump => row.Operation switch
                {
                    Operation.MovSx8 => width == 64 ? OpCode.MovSx8To64 : OpCode.MovSx8To32,
                    Operation.MovSx16 => width == 64 ? OpCode.MovSx16To64 : OpCode.MovSx16To32,
                    Operation.MovSx32 => OpCode.MovSx32To64,
                    Operation.AddrSpaceCast => OpCode.Mov64Reg, // one address space here: pointers into an arena are real in both
                    >= Operation.Add and <= Operation.Arsh => Variant(OpCode.Add64Imm, ArithmeticIndex(row.Operation), width, immediate),
                    _ => Variant(OpCode.Jeq64Imm, row.Operation - Operation.Jeq, width, immediate),
                },
                _ => null,
            };
            if (code is { } known) table[Key(row.Operation, width, row.Form)] = known;
        }

        return table;
    }

    /// <summary>The OpCode enumeration lists, for each operation, 64 and 32 bits with immediate and register, in this order.</summary>
    private static OpCode Variant(OpCode first, int index, int width, bool immediate) =>
        (OpCode)((int)first + (index * 4) + (width == 64 ? 0 : 2) + (immediate ? 0 : 1));

    private static int ArithmeticIndex(Operation operation) => operation switch
    {
        Operation.Add => 0,
        Operation.Sub => 1,
        Operation.Mul => 2,
        Operation.Div => 3,
        Operation.SDiv => 4,
        Operation.Or => 5,
        Operation.And => 6,
        Operation.Lsh => 7,
        Operation.Rsh => 8,
        Operation.Mod => 9,
        Operation.SMod => 10,
        Operation.Xor => 11,
        Operation.Mov => 12,
        _ => 13,
    };

    private static OpCode Jump(ref Op op, OpcodeInfo row, Instruction instruction, int at, int[] opOfSlot)
    {
        int target = at + 1 + (row.Form == OperandForm.JumpLong ? instruction.Immediate : instruction.Offset);
        op.Offset = opOfSlot[target] - opOfSlot[at];
        op.Cost = Math.Max(0, at - target + 1);
        return row.Operation switch
        {
            Operation.Ja or Operation.JaLong => OpCode.Ja,
            Operation.MayGoto => OpCode.MayGoto,
            _ => Arithmetic(row),
        };
    }

    private static OpCode Memory(ref Op op, OpcodeInfo row, Instruction instruction, PreparedProgram program, int at, EngineSettings settings)
    {
        AccessKind access = program.Access[at];
        if (access is >= AccessKind.PacketStart) return (OpCode)((int)OpCode.PacketStart + (access - AccessKind.PacketStart));
        bool direct = access is AccessKind.Stack or AccessKind.Context or AccessKind.Proved || !settings.IsChecked;
        op.Offset = instruction.Offset;
        if (access is AccessKind.Stack or AccessKind.Context)
        {
            op.Offset = program.AccessOffset[at];
            byte register = access == AccessKind.Stack ? (byte)10 : (byte)11;
            if (row.AddressIsSource) op.Src = register;
            else op.Dst = register;
        }
        else if (direct && access == AccessKind.Unknown && row.Form == OperandForm.LoadMem && program.Context.MayRedirect(instruction.Offset, row.Width / 8))
        {
            direct = false; // may be a context that the analysis lost sight of
        }

        if (row.IsAtomic)
        {
            op.Imm = (int)row.Operation | (row.Width / 8 << 8);
            return direct ? OpCode.AtomicDirect : OpCode.Atomic;
        }

        int size = row.Width switch { 8 => 0, 16 => 1, 32 => 2, _ => 3 };
        OpCode first = (row.Operation, direct) switch
        {
            (Operation.Load, false) => OpCode.Load8,
            (Operation.Load, true) => OpCode.Load8Direct,
            (Operation.LoadSx, false) => OpCode.LoadSx8,
            (Operation.LoadSx, true) => OpCode.LoadSx8Direct,
            (Operation.StoreImmediate, false) => OpCode.StoreImm8,
            (Operation.StoreImmediate, true) => OpCode.StoreImm8Direct,
            (_, false) => OpCode.StoreReg8,
            (_, true) => OpCode.StoreReg8Direct,
        };
        return (OpCode)((int)first + size);
    }

    private static unsafe OpCode Call(ref Op op, OpcodeInfo row, PreparedProgram program, int at, int[] opOfSlot)
    {
        if (row.Operation == Operation.CallLocal)
        {
            int callee = (int)program.Constants[at];
            op.Offset = opOfSlot[callee];
            op.Cost = program.FunctionCost(callee);
            return OpCode.CallLocal;
        }

        op.Offset = at;
        int id = (int)program.Constants[at];
        if (id == HelperTable.TailCall) return OpCode.TailCall;
        op.Wide = (ulong)HelperTable.Find(id)!.Function;
        return OpCode.CallHelper;
    }

    private static OpCode CallRegister(ref Op op, int at)
    {
        op.Offset = at;
        return OpCode.CallRegister;
    }

    private static OpCode Wide(ref Op op, ulong value)
    {
        op.Wide = value;
        return OpCode.LdImm64;
    }

    private static OpCode Packet(ref Op op, OpcodeInfo row)
    {
        op.Offset = row.Width / 8;
        return row.Form == OperandForm.PacketAbs ? OpCode.LdAbs : OpCode.LdInd;
    }
}
