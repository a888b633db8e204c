// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Conditional jumps: which ways are possible, and what each teaches.</summary>
internal static class BranchCheck
{
    /// <returns>The slot where this path goes on; the other way, where possible, is kept for later.</returns>
    internal static int Check(Analysis a, OpcodeInfo row, Instruction instruction)
    {
        RegisterState[] registers = a.Registers;
        int d = instruction.Destination, s = row.UsesSourceRegister ? instruction.Source : -1;
        bool is32 = row.Width == 32;
        if (s >= 0) a.NeedRegister(s);
        a.NeedRegister(d);
        RegisterState right = s >= 0 ? registers[s] : RegisterState.Constant((ulong)instruction.Immediate);
        int target = a.Slot + 1 + instruction.Offset, next = a.Slot + 1;
        BranchOutcome outcome = Decide(a, row.Operation, registers[d], right, is32);
        if (outcome != BranchOutcome.Unknown)
        {
            if (registers[d].Kind == RegisterKind.Scalar) a.Precision.Mark(d);
            if (s >= 0 && registers[s].Kind == RegisterKind.Scalar) a.Precision.Mark(s);
            return outcome == BranchOutcome.Taken ? target : next;
        }

        ulong linked = LinkedScalars.Collect(a.State, IdOf(registers[d]), s >= 0 ? IdOf(registers[s]) : 0);
        if (linked != 0) Explorer.NoteStep(a, -1, 0, linked);
        VerifierState taken = a.PushBranch(target);
        Learn(a.State, d, s, right, row.Operation, false, is32, linked);
        Learn(taken, d, s, right, row.Operation, true, is32, linked);
        if (!is32) LearnOfPointers(a, taken, row.Operation, d, s, instruction);
        return next;
    }

    /// <summary>may_goto: the way past it is a path of its own, on which numbers that did not matter are widened.</summary>
    internal static int MayGoto(Analysis a)
    {
        VerifierState? earlier = FindEarlier(a);
        VerifierState onward = a.PushBranch(a.Slot + 1);
        onward.MayGotoDepth++;
        if (earlier is not null) Widening.Apply(a, earlier, onward);
        return a.Program.Target(a.Slot);
    }

    /// <summary>The checkpoint of this path where it was at this slot before, in the same frame.</summary>
    internal static VerifierState? FindEarlier(Analysis a)
    {
        for (VerifierState? state = a.State.Parent?.Parent; state is not null; state = state.Parent)
        {
            if (state.AtSlot != a.Slot || state.Depth != a.State.Depth) continue;
            bool same = true;
            for (int f = 0; f <= state.Depth; f++) same &= state.Frames[f]!.CallSite == a.State.Frames[f]!.CallSite;
            if (same) return state;
        }

        return null;
    }

    private static int IdOf(in RegisterState register) => register.Kind == RegisterKind.Scalar ? register.BaseId : 0;

    private static BranchOutcome Decide(Analysis a, Operation operation, in RegisterState left, in RegisterState right, bool is32)
    {
        if (left.Kind == RegisterKind.Scalar && right.Kind == RegisterKind.Scalar) return ScalarBranches.Decide(operation, left.Range, right.Range, is32);
        if (is32) return BranchOutcome.Unknown;
        bool isPacket = left.IsPacket || left.Kind == RegisterKind.PacketEnd;
        if (isPacket && (right.IsPacket || right.Kind == RegisterKind.PacketEnd)) return PacketBranches.Decide(operation, left, right);
        bool swap = right.IsPointer && left.Kind == RegisterKind.Scalar;
        ref readonly RegisterState pointer = ref swap ? ref right : ref left;
        ref readonly RegisterState number = ref swap ? ref left : ref right;
        if (!number.IsNull || !IsNotNull(a, pointer)) return BranchOutcome.Unknown;
        return operation switch
        {
            Operation.Jeq => BranchOutcome.NotTaken,
            Operation.Jne => BranchOutcome.Taken,
            _ => BranchOutcome.Unknown,
        };
    }

    /// <summary>True for addresses that cannot be null.</summary>
    internal static bool IsNotNull(Analysis a, in RegisterState register)
    {
        if (register.MaybeNull) return false;
        // an offset without bounds could bring even a good address back to zero
        if (register.Range.SMin <= -PointerArithmetic.MaxOffset || register.Range.SMax >= PointerArithmetic.MaxOffset) return false;
        return register.Kind switch
        {
            RegisterKind.MapValue or RegisterKind.MapKey or RegisterKind.ConstMap or RegisterKind.Memory => true,
            _ when a.Options.IsForThisProcess => false,
            RegisterKind.Socket or RegisterKind.TcpSocket or RegisterKind.XdpSocket or RegisterKind.SocketCommon or RegisterKind.Buffer => true,
            RegisterKind.BtfObject => register.ReferenceId != 0 || ((register.Flags & (PointerFlags.Trusted | PointerFlags.Allocated)) != 0 && (register.Flags & PointerFlags.Untrusted) == 0),
            _ => false,
        };
    }

    private static void Learn(VerifierState state, int d, int s, in RegisterState right, Operation operation, bool taken, bool is32, ulong linked)
    {
        RegisterState[] registers = state.Frame.Registers;
        if (registers[d].Kind != RegisterKind.Scalar || right.Kind != RegisterKind.Scalar) return;
        if (s >= 0) ScalarBranches.Refine(operation, taken, ref registers[d].Range, ref registers[s].Range, is32);
        else
        {
            ScalarRange constant = right.Range;
            ScalarBranches.Refine(operation, taken, ref registers[d].Range, ref constant, is32);
        }

        if (linked == 0) return;
        if (s >= 0 && registers[s].Id != 0) LinkedScalars.Spread(state, registers[s], linked);
        if (registers[d].Id != 0) LinkedScalars.Spread(state, registers[d], linked);
    }

    private static void LearnOfPointers(Analysis a, VerifierState taken, Operation operation, int d, int s, Instruction instruction)
    {
        RegisterState[] here = a.Registers, there = taken.Frame.Registers;
        if (s >= 0 && here[s].IsPointer && here[d].IsPointer && here[s].Kind != RegisterKind.BtfObject && here[d].Kind != RegisterKind.BtfObject
            && operation is Operation.Jeq or Operation.Jne)
        {
            RegisterState[] equal = operation == Operation.Jeq ? there : here;
            if (IsNotNull(a, here[d]) && here[s].MaybeNull) NullTests.SetNotNull(a, ref equal[s]);
            else if (IsNotNull(a, here[s]) && here[d].MaybeNull) NullTests.SetNotNull(a, ref equal[d]);
        }

        if (s < 0 && instruction.Immediate == 0 && operation is Operation.Jeq or Operation.Jne && here[d].MaybeNull)
        {
            NullTests.Learn(a, a.State, d, operation == Operation.Jne);
            NullTests.Learn(a, taken, d, operation == Operation.Jeq);
        }
        else if (s >= 0) PacketBranches.Learn(a.State, taken, operation, d, s);
    }
}
