// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>
/// Finds out which numbers mattered. A number is kept exactly on its path but compared only where its value was used: for an address, a size, a
/// condition that was decided. When that happens, the path is walked backwards, and the numbers that it was made of are marked in the checkpoints.
/// </summary>
internal sealed class Precision(Analysis analysis)
{
    private const int Arguments = 0b11_1110;
    private readonly int[] _registers = new int[VerifierState.MaxFrames];
    private readonly ulong[] _slots = new ulong[VerifierState.MaxFrames];
    private int _frame;
    private bool _changed;

    /// <summary>The value of a register of the current frame mattered.</summary>
    internal void Mark(int register)
    {
        VerifierState state = analysis.State;
        if (register < 0 || state.Registers[register].Kind != RegisterKind.Scalar) return;
        Begin(state);
        _registers[_frame] = 1 << register;
        Walk(state, analysis.Slot);
    }

    /// <summary>The value of a number that is stored on the stack mattered.</summary>
    internal void MarkSlot(int frame, int slot)
    {
        Begin(analysis.State);
        _slots[frame] = 1UL << slot;
        Walk(analysis.State, analysis.Slot);
    }

    /// <summary>What mattered after <paramref name="old"/> matters after <paramref name="current"/>, which old covers.</summary>
    /// <returns>True if a checkpoint got a mark.</returns>
    internal bool Propagate(VerifierState old, VerifierState current, int slot)
    {
        Begin(current);
        for (int f = old.Depth; f >= 0; f--)
        {
            FrameState frame = old.Frames[f]!;
            for (int r = 0; r < 10; r++)
            {
                if (frame.Registers[r].Kind == RegisterKind.Scalar && frame.Registers[r].IsPrecise) _registers[f] |= 1 << r;
            }

            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].IsSpill && frame.Stack[s].IsRead && frame.Stack[s].Spilled.Kind == RegisterKind.Scalar && frame.Stack[s].Spilled.IsPrecise) _slots[f] |= 1UL << s;
            }
        }

        Walk(current, slot);
        return _changed;
    }

    private void Begin(VerifierState state)
    {
        Array.Clear(_registers);
        Array.Clear(_slots);
        _frame = state.Depth;
        _changed = false;
    }

    private bool IsEmpty()
    {
        for (int f = 0; f <= _frame; f++)
        {
            if (_registers[f] != 0 || _slots[f] != 0) return false;
        }

        return true;
    }

    private void Walk(VerifierState start, int last)
    {
        if (IsEmpty()) return;
        VerifierState state = start;
        int following = -1;
        bool isFirst = true;
        while (true)
        {
            if (last < 0) return; // before the first instruction: arguments
            int history = state.HistoryCount;
            for (int at = last; ;)
            {
                if (isFirst) isFirst = false;
                else
                {
                    bool has = history > 0 && state.History[history - 1].Slot == at;
                    if (!StepBack(at, following, has ? state.History[history - 1] : new HistoryEntry(at, at - 1, -1, 0, 0)))
                    {
                        MarkAll(start);
                        return;
                    }
                }

                if (IsEmpty()) return;
                following = at;
                if (!Previous(state, ref at, ref history)) break;
            }

            following = state.FirstSlot;
            if (state.Parent is not { } parent) return; // whatever is left came from outside of the program
            state = parent;
            last = state.LastSlot;
            MarkIn(state);
            if (IsEmpty()) return;
        }
    }

    /// <summary>The instruction before, on the part of the path since the last checkpoint.</summary>
    internal static bool Previous(VerifierState state, ref int at, ref int history)
    {
        if (at == state.FirstSlot)
        {
            if (history == 0) return false;
            if (history == 1 && state.History[0].Slot == at) return false;
        }

        if (history > 0 && state.History[history - 1].Slot == at)
        {
            at = state.History[history - 1].Previous;
            history--;
        }
        else at--;

        return at >= 0;
    }

    private void MarkIn(VerifierState state)
    {
        for (int f = _frame; f >= 0; f--)
        {
            FrameState frame = state.Frames[f]!;
            for (int mask = _registers[f]; mask != 0; mask &= mask - 1)
            {
                int r = BitOperations.TrailingZeroCount(mask);
                if (frame.Registers[r].Kind != RegisterKind.Scalar || frame.Registers[r].IsPrecise) _registers[f] &= ~(1 << r);
                else frame.Registers[r].IsPrecise = _changed = true;
            }

            for (ulong mask = _slots[f]; mask != 0; mask &= mask - 1)
            {
                int s = BitOperations.TrailingZeroCount(mask);
                if (s >= frame.StackSlots || !frame.Stack[s].IsSpill || frame.Stack[s].Spilled.Kind != RegisterKind.Scalar || frame.Stack[s].Spilled.IsPrecise) _slots[f] &= ~(1UL << s);
                else frame.Stack[s].Spilled.IsPrecise = _changed = true;
            }
        }
    }

    /// <summary>Where the walk cannot tell what a number was made of: all of them matter.</summary>
    private void MarkAll(VerifierState start)
    {
        for (VerifierState? state = start.Parent; state is not null; state = state.Parent)
        {
            for (int f = 0; f <= state.Depth; f++)
            {
                FrameState frame = state.Frames[f]!;
                for (int r = 0; r < 10; r++)
                {
                    if (frame.Registers[r].Kind != RegisterKind.Scalar || frame.Registers[r].IsPrecise) continue;
                    frame.Registers[r].IsPrecise = _changed = true;
                }

                for (int s = 0; s < frame.StackSlots; s++)
                {
                    if (!frame.Stack[s].IsSpill || frame.Stack[s].Spilled.Kind != RegisterKind.Scalar || frame.Stack[s].Spilled.IsPrecise) continue;
                    frame.Stack[s].Spilled.IsPrecise = _changed = true;
                }
            }
        }
    }

    /// <summary>Turns what is wanted after an instruction into what is wanted before it; false if that cannot be told.</summary>
    private bool StepBack(int at, int following, HistoryEntry step)
    {
        if (analysis.Program.Rows[at] is not { } row) return true;
        Instruction instruction = analysis.Program.Code[at];
        if (step.Linked != 0) AddLinked(step.Linked);
        int destination = 1 << instruction.Destination, source = 1 << instruction.Source;
        switch (row.Form)
        {
            case OperandForm.DstImm or OperandForm.DstSrc or OperandForm.Dst:
                if ((_registers[_frame] & destination) == 0) return true;
                if (!row.ReadsDestination) _registers[_frame] &= ~destination;
                if (row.UsesSourceRegister && instruction.Source != 10) _registers[_frame] |= source;
                return true;
            case OperandForm.LoadMem:
                return StepBackLoad(instruction.Destination, step);
            case OperandForm.StoreImm or OperandForm.StoreReg:
                return StepBackStore(row, instruction, step);
            case OperandForm.Wide:
                _registers[_frame] &= ~destination;
                return true;
            case OperandForm.PacketAbs or OperandForm.PacketInd:
                if ((_registers[_frame] & 1) != 0) return false;
                if (following != at + 1 && !EnterCallee()) return false;
                return true;
        }

        if (row.IsCall) return StepBackCall(at, following, row, instruction);
        if (row.Operation == Operation.Exit) return StepBackExit(following);
        if (row.IsConditionalJump && row.UsesSourceRegister)
        {
            if ((_registers[_frame] & (destination | source)) == 0) return true;
            _registers[_frame] |= (instruction.Destination == 10 ? 0 : destination) | (instruction.Source == 10 ? 0 : source);
        }

        if (step.Linked != 0) AddLinked(step.Linked);
        return true;
    }

    private bool StepBackLoad(int register, HistoryEntry step)
    {
        if ((_registers[_frame] & (1 << register)) == 0) return true;
        _registers[_frame] &= ~(1 << register);
        if (step.StackFrame >= 0) _slots[step.StackFrame] |= 1UL << step.StackSlot;
        return true;
    }

    private bool StepBackStore(OpcodeInfo row, Instruction instruction, HistoryEntry step)
    {
        if (row.Operation == Operation.LoadAcquire) return StepBackLoad(instruction.Destination, step);
        if (row.WritesSource) return StepBackLoad(instruction.Source, step);
        if (row.Operation == Operation.AtomicCmpXchg) return StepBackLoad(0, step);
        if ((_registers[_frame] & (1 << instruction.Destination)) != 0) return false; // a difference of addresses: cannot be told
        if (step.StackFrame < 0) return true;
        ulong bit = 1UL << step.StackSlot;
        if ((_slots[step.StackFrame] & bit) == 0) return true;
        _slots[step.StackFrame] &= ~bit;
        if (row.Form == OperandForm.StoreReg) _registers[_frame] |= 1 << instruction.Source;
        return true;
    }

    private bool StepBackCall(int at, int following, OpcodeInfo row, Instruction instruction)
    {
        if (row.Operation == Operation.CallLocal)
        {
            int callee = analysis.Program.SubprogramAt(at + 1 + instruction.Immediate);
            if (analysis.Program.IsGlobal[callee])
            {
                if ((_registers[_frame] & Arguments) != 0) return false;
                _registers[_frame] &= ~1;
                return true;
            }

            // leaving the callee towards its caller: only arguments can still be wanted
            if ((_registers[_frame] & ~Arguments) != 0 || _slots[_frame] != 0 || _frame == 0) return false;
            int wanted = _registers[_frame] & Arguments;
            _registers[_frame] = 0;
            _frame--;
            _registers[_frame] |= wanted;
            return true;
        }

        if ((analysis.Program.Marks[at] & SlotMarks.CallsBack) != 0 && following != at + 1)
        {
            if ((_registers[_frame] & ~Arguments) != 0 || _slots[_frame] != 0 || _frame == 0) return false;
            _registers[_frame] = 0;
            _frame--;
            return true;
        }

        _registers[_frame] &= ~1;
        return (_registers[_frame] & Arguments) == 0;
    }

    private bool StepBackExit(int following)
    {
        bool fromCall = following > 0 && analysis.Program.Rows[following - 1]?.Operation == Operation.CallLocal;
        if (fromCall && (_registers[_frame] & Arguments) != 0) return false;
        bool wanted = fromCall && (_registers[_frame] & 1) != 0;
        _registers[_frame] &= ~1;
        if (!EnterCallee()) return false;
        if (wanted) _registers[_frame] |= 1;
        return true;
    }

    private bool EnterCallee()
    {
        if (_frame == VerifierState.MaxFrames - 1) return false;
        _frame++;
        return true;
    }

    private void AddLinked(ulong linked)
    {
        bool any = false;
        for (int i = 0; i < LinkedScalars.Count(linked); i++)
        {
            (int frame, bool isRegister, int index) = LinkedScalars.At(linked, i);
            any |= isRegister ? (_registers[frame] & (1 << index)) != 0 : (_slots[frame] & (1UL << index)) != 0;
        }

        if (!any) return;
        for (int i = 0; i < LinkedScalars.Count(linked); i++)
        {
            (int frame, bool isRegister, int index) = LinkedScalars.At(linked, i);
            if (isRegister) _registers[frame] |= 1 << index;
            else _slots[frame] |= 1UL << index;
        }
    }
}
