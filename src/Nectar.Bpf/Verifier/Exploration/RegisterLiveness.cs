// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>Which registers may still be read, before each slot, whatever the path: others need not be compared.</summary>
internal static class RegisterLiveness
{
    private const int CallerSaved = 0b11_1111, Arguments = 0b11_1110;

    internal static ushort[] Compute(Instruction[] code, OpcodeInfo?[] rows, int[] starts)
    {
        ushort[] before = new ushort[code.Length];
        for (int f = 0; f + 1 < starts.Length; f++)
        {
            for (bool changed = true; changed;)
            {
                changed = false;
                for (int at = starts[f + 1] - 1; at >= starts[f]; at--)
                {
                    if (rows[at] is not { } row) continue;
                    int after = 0;
                    int next = at + (row.Form == OperandForm.Wide ? 2 : 1);
                    if (row.Operation is not (Operation.Exit or Operation.Ja or Operation.JaLong) && next < starts[f + 1]) after |= before[next];
                    if (row.IsJump) after |= before[at + 1 + (row.Form == OperandForm.JumpLong ? code[at].Immediate : code[at].Offset)];
                    (int read, int written) = Effects(row, code[at]);
                    int live = (after & ~written) | read;
                    if (live == before[at]) continue;
                    before[at] = (ushort)live;
                    changed = true;
                }
            }
        }

        return before;
    }

    private static (int Read, int Written) Effects(OpcodeInfo row, Instruction instruction)
    {
        // what a helper does not take need not be the same: after a call its registers are different on every path
        if (row.Operation == Operation.CallHelper && HelperPrototypes.Find(instruction.Immediate) is { } helper) return (Arguments & ((2 << helper.Parameters.Length) - 1), CallerSaved);
        if (row.IsCall) return (Arguments, CallerSaved);
        switch (row.Operation)
        {
            case Operation.Exit:
                return (1, 0);
            case Operation.LdAbs:
                return (1 << 6, CallerSaved);
            case Operation.LdInd:
                return ((1 << 6) | (1 << instruction.Source), CallerSaved);
            case Operation.AtomicCmpXchg:
                return (1 | (1 << instruction.Destination) | (1 << instruction.Source), 1);
        }

        int read = 0, written = 0;
        if (row.ReadsDestination) read |= 1 << instruction.Destination;
        if (row.UsesSourceRegister) read |= 1 << instruction.Source;
        if (row.WritesDestination) written |= 1 << instruction.Destination;
        if (row.WritesSource) written |= 1 << instruction.Source;
        return (read, written);
    }
}
