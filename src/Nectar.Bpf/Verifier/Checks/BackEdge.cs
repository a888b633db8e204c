// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Exploration;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Finds a jump that closes a circle, by depth-first search of each function: kernels that take no loops do the same.</summary>
internal static class BackEdge
{
    /// <summary>The slot of the jump; -1 if there is no circle.</summary>
    internal static int Find(ProgramMap program)
    {
        byte[] state = new byte[program.Code.Length]; // 0 not seen, 1 on the way here, 2 done
        Stack<(int Slot, int Next)> way = new();
        for (int i = 0; i < program.SubprogramCount; i++)
        {
            way.Push((program.Starts[i], 0));
            state[program.Starts[i]] = 1;
            while (way.TryPop(out (int Slot, int Next) at))
            {
                int target = Successor(program, at.Slot, at.Next);
                if (target < 0)
                {
                    state[at.Slot] = 2;
                    continue;
                }

                way.Push((at.Slot, at.Next + 1));
                if (target >= state.Length || state[target] == 2) continue;
                if (state[target] == 1) return at.Slot;
                state[target] = 1;
                way.Push((target, 0));
            }
        }

        return -1;
    }

    /// <summary>Where it goes on from a slot: the next way to try, or -1 when all were.</summary>
    private static int Successor(ProgramMap program, int slot, int index)
    {
        Instruction at = program.Code[slot];
        int behind = slot + (at.IsWide ? 2 : 1);
        if (program.Rows[slot]?.Operation == Operation.Exit) return -1;
        switch (program.Rows[slot]?.Form)
        {
            case OperandForm.JumpLong:
                return index == 0 ? behind + at.Immediate : -1;
            case OperandForm.Jump when program.Rows[slot]!.Operation != Operation.MayGoto:
                return index == 0 ? behind + at.Offset : -1;
            case OperandForm.Jump or OperandForm.DstImmJump or OperandForm.DstSrcJump:
                return index switch { 0 => behind, 1 => behind + at.Offset, _ => -1 };
            default:
                return index == 0 ? behind : -1;
        }
    }
}
