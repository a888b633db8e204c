// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Exploration;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>One instruction: checks it and changes the state to what is known after it.</summary>
internal static class Step
{
    /// <summary>The path is at its end.</summary>
    internal const int End = -1;

    /// <returns>The slot where the path goes on, or <see cref="End"/>.</returns>
    internal static int Do(Analysis a, int slot, OpcodeInfo row)
    {
        switch (row.Form)
        {
            case OperandForm.DstImm or OperandForm.DstSrc or OperandForm.Dst:
                ArithmeticCheck.Check(a, row, a.Instruction);
                return slot + 1;
            case OperandForm.LoadMem:
                LoadStoreCheck.Load(a, row, a.Instruction);
                return slot + 1;
            case OperandForm.StoreImm:
                LoadStoreCheck.StoreImmediate(a, row, a.Instruction);
                return slot + 1;
            case OperandForm.StoreReg when row.IsAtomic:
                AtomicCheck.Check(a, row, a.Instruction);
                return slot + 1;
            case OperandForm.StoreReg:
                LoadStoreCheck.Store(a, row, a.Instruction);
                return slot + 1;
            case OperandForm.Wide:
                WideLoadCheck.Check(a, a.Instruction);
                return slot + 2;
            case OperandForm.DstImmJump or OperandForm.DstSrcJump:
                return BranchCheck.Check(a, row, a.Instruction);
            case OperandForm.PacketAbs or OperandForm.PacketInd:
                return PacketLoadCheck.Check(a, row, a.Instruction);
        }

        switch (row.Operation)
        {
            case Operation.Ja or Operation.JaLong:
                return a.Program.Target(slot);
            case Operation.MayGoto:
                return BranchCheck.MayGoto(a);
            case Operation.CallLocal:
                return SubprogramCall.Check(a);
            case Operation.CallHelper:
                return HelperCall.Check(a);
            case Operation.CallKfunc:
                return KfuncCall.Check(a);
            case Operation.Exit:
                return ExitCheck.Check(a);
            default:
                a.Refuse(Explanations.ViolationKind.UnknownOpcode, -1, "calls and jumps through a register are not accepted");
                return End;
        }
    }
}
