// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>The packet loads of classic BPF: they end the program where the packet is too short.</summary>
internal static class PacketLoadCheck
{
    internal static int Check(Analysis a, OpcodeInfo row, Instruction instruction)
    {
        if (a.Input.Type is not (ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct))
        {
            a.Refuse(ViolationKind.PacketLoadPlace, -1, "packet loads by LD_ABS and LD_IND are only for socket filters and traffic control");
        }

        References.CheckNoneLeft(a, "a packet load that may end the program");
        for (int f = a.State.Depth; f > 0; f--)
        {
            if (a.State.Frames[f]!.Entry == FrameEntry.Callback) a.Refuse(ViolationKind.PacketLoadPlace, -1, "packet loads by LD_ABS and LD_IND are not allowed in callbacks");
        }

        a.NeedRegister(6);
        if (a.Registers[6].Kind != RegisterKind.Context)
        {
            a.Refuse(ViolationKind.PacketLoadPlace, 6, $"r6 has to be the context at a packet load, it is {StateText.Kind(a.Registers[6])}");
        }

        ContextCheck.CheckUnmodified(a, 6);
        if (row.Form == OperandForm.PacketInd) a.NeedRegister(instruction.Source);
        for (int r = 1; r <= 5; r++) a.Registers[r] = default;
        a.SetUnknown(0);
        if (a.State.Depth == 0) return a.Slot + 1;

        // in a function a packet that is too short ends the function, with 0
        if (!ReturnsNumber(a)) a.Refuse(ViolationKind.PacketLoadPlace, -1, "a function with a packet load has to return int: the load may end it with 0");
        a.PushBranch(a.Slot + 1);
        a.SetConstant(0, 0);
        SubprogramCall.TryReturn(a, out int next);
        return next;
    }

    private static bool ReturnsNumber(Analysis a)
    {
        int subprogram = a.Frame.Subprogram;
        if (a.Input.Types is not { } types || a.Program.Functions[subprogram] is not (>= 0 and int index) || a.Input.Functions[index].TypeId is 0) return false;
        uint proto = types[a.Input.Functions[index].TypeId].TypeId;
        return types[types.Resolve(types[proto].TypeId)].Kind is Btf.BtfKind.Int or Btf.BtfKind.Enum or Btf.BtfKind.Enum64;
    }
}
