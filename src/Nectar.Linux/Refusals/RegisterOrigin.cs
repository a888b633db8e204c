// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Linux.Refusals;

/// <summary>Finds, on the path that the verifier went, the instruction that a register's value comes from: through moves, spills and fills.</summary>
internal static class RegisterOrigin
{
    private const int FramePointer = 10;

    /// <summary>The slot of the call or load that made a register's value; null if the path does not show it.</summary>
    /// <param name="code">The program.</param>
    /// <param name="path">The slots in the order of execution; the last is the instruction that uses the register.</param>
    /// <param name="register">0 to 9.</param>
    internal static int? Find(ReadOnlySpan<Instruction> code, IReadOnlyList<int> path, int register)
    {
        int slot = 0; // the stack slot that holds the value, if it is not in a register
        for (int i = path.Count - 2; i >= 0; i--)
        {
            int at = path[i];
            if ((uint)at >= (uint)code.Length || OpcodeTable.Find(code[at]) is not { } row) return null;
            Instruction instruction = code[at];
            if (slot != 0)
            {
                if (row.Form is OperandForm.StoreReg && !row.IsAtomic && instruction.Destination == FramePointer && instruction.Offset == slot) (register, slot) = (instruction.Source, 0);
                else if (row.Form == OperandForm.StoreImm && instruction.Destination == FramePointer && instruction.Offset == slot) return at;
                continue;
            }

            if (row.IsCall)
            {
                if (register == 0) return row.Operation == Operation.CallLocal ? null : at;
                if (register <= 5) return null;
                continue;
            }

            if (row.WritesSource && instruction.Source == register) return at;
            if (!row.WritesDestination || instruction.Destination != register) continue;
            if (row.Operation == Operation.Mov && row.Form == OperandForm.DstSrc) register = instruction.Source;
            else if (row.Form == OperandForm.LoadMem && instruction.Source == FramePointer) slot = instruction.Offset;
            else if (row.Form == OperandForm.LoadMem || row.Form == OperandForm.Wide || row.Operation == Operation.Mov) return at;
        }

        return null;
    }
}
