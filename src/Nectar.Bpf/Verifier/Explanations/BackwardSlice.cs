// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>A step in the life of the value that failed.</summary>
/// <param name="Kind">What it did.</param>
/// <param name="Step">The step of the path.</param>
/// <param name="Register">The register that it was in behind the step; -1 for the stack.</param>
/// <param name="Times">How often the instruction did so on this path; <paramref name="Step"/> is the last time.</param>
internal readonly record struct LineageStep(CausalKind Kind, int Step, int Register, int Times);

/// <summary>
/// Walks the executed path back from the failure and keeps what the failed register or stack slot came from: moves, arithmetic with its second
/// operands, spills and fills through any pointer to the stack, arguments and results of the program's functions, up to where each value began.
/// </summary>
internal sealed class BackwardSlice
{
    private const int FramePointer = 10;

    private readonly ExecutedPath _path;
    private readonly List<int> _wanted = []; // per call depth: a bit for each register
    private readonly List<(int Frame, int Offset, int Size)> _slots = [];
    private readonly Dictionary<(CausalKind, int Slot), int> _seen = [];
    private readonly List<LineageStep> _steps = [];

    private BackwardSlice(ExecutedPath path) => _path = path;

    /// <summary>The lineage, newest step first; a step that a loop repeats is one entry.</summary>
    internal IReadOnlyList<LineageStep> Steps => _steps;

    /// <summary>The steps where values of the lineage began.</summary>
    internal HashSet<int> Origins { get; } = [];

    /// <summary>Walks back from the last step of a path.</summary>
    /// <param name="path">The path; its last step failed.</param>
    /// <param name="registers">A bit for each register that failed.</param>
    /// <param name="stackOffset">The stack slot that failed; null for none.</param>
    /// <param name="frame">The call depth of registers and slot.</param>
    internal static BackwardSlice Walk(ExecutedPath path, int registers, int? stackOffset, int frame)
    {
        BackwardSlice slice = new(path);
        slice.Want(frame, registers);
        if (stackOffset is { } offset) slice._slots.Add((frame, offset, 8));
        for (int step = path.Slots.Count - 2; step >= 0 && slice.WantsAnything; step--) slice.Back(step);
        return slice;
    }

    private bool WantsAnything => _slots.Count > 0 || _wanted.Exists(mask => mask != 0);

    private void Back(int step)
    {
        if (_path.RowAt(step) is not { } row) return;
        int depth = _path.Depths[step];
        Instruction instruction = _path.At(step);
        if (row.IsCall) BackCall(step, depth, instruction, row);
        else if (row.Operation == Operation.Exit) BackReturn(step, depth);
        else if (row.Form is OperandForm.PacketAbs or OperandForm.PacketInd) BackClobber(step, depth);
        else if (row.ReadsMemory || row.WritesMemory) BackAccess(step, depth, instruction, row);
        else if (row.WritesDestination && Takes(depth, instruction.Destination)) BackCompute(step, depth, instruction, row);
    }

    private void BackCompute(int step, int depth, Instruction instruction, OpcodeInfo row)
    {
        bool replaces = row.Form == OperandForm.Wide || row.Operation is Operation.Mov or Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32 or Operation.AddrSpaceCast;
        bool usesSource = row.Form == OperandForm.DstSrc;
        if (replaces && !usesSource)
        {
            Begin(CausalKind.Origin, step, instruction.Destination);
            return;
        }

        if (row.Operation == Operation.Xor && usesSource && instruction.Source == instruction.Destination)
        {
            Begin(CausalKind.Origin, step, instruction.Destination); // r0 ^= r0 is the constant 0
            return;
        }

        Add(row.Operation == Operation.Mov && row.Width == 64 ? CausalKind.Copy : CausalKind.Change, step, instruction.Destination);
        if (!replaces) Want(depth, 1 << instruction.Destination);
        if (usesSource) Want(depth, 1 << instruction.Source);
    }

    private void BackAccess(int step, int depth, Instruction instruction, OpcodeInfo row)
    {
        long address = _path.Addresses[step];
        int size = Math.Max(1, row.Width / 8);
        int target = row.WritesDestination ? instruction.Destination : row.WritesSource ? instruction.Source : row.Operation == Operation.AtomicCmpXchg ? 0 : -1;
        bool wantsResult = target >= 0 && Takes(depth, target);
        if (row.WritesMemory && address != ExecutedPath.NoAddress && TakesSlot(ExecutedPath.FrameOf(address), ExecutedPath.OffsetOf(address), size))
        {
            if (row.Form == OperandForm.StoreImm) Begin(CausalKind.Origin, step, -1);
            else if (row.IsAtomic && row.Operation != Operation.StoreRelease)
            {
                Add(CausalKind.Change, step, -1);
                _slots.Add((ExecutedPath.FrameOf(address), ExecutedPath.OffsetOf(address), size));
                Want(depth, 1 << instruction.Source);
            }
            else
            {
                Add(CausalKind.Spill, step, -1);
                Want(depth, 1 << instruction.Source);
            }
        }

        if (!wantsResult) return;
        if (address == ExecutedPath.NoAddress)
        {
            Begin(CausalKind.Origin, step, target);
            return;
        }

        Add(CausalKind.Fill, step, target);
        _slots.Add((ExecutedPath.FrameOf(address), ExecutedPath.OffsetOf(address), size));
    }

    private void BackCall(int step, int depth, Instruction instruction, OpcodeInfo row)
    {
        if (_path.Enters(step))
        {
            int inside = Wanted(depth + 1);
            int arguments = inside & 0b111110;
            _wanted[depth + 1] = 0;
            _slots.RemoveAll(slot => slot.Frame == depth + 1); // a new frame has nothing on its stack
            if (arguments == 0) return;
            if (row.Operation == Operation.CallLocal)
            {
                Add(CausalKind.Call, step, BitOperations.TrailingZeroCount(arguments));
                Want(depth, arguments);
            }
            else if (CallbackState.Find(instruction) is var (argument, parameter) && arguments == 1 << parameter)
            {
                Add(CausalKind.Call, step, parameter);
                Want(depth, 1 << argument);
            }
            else Begin(CausalKind.Origin, step, BitOperations.TrailingZeroCount(arguments));
            return;
        }

        BackClobber(step, depth);
        foreach ((int frame, int offset, int size) in _path.Writes(step))
        {
            if (TakesSlot(frame, offset, size)) Begin(CausalKind.Origin, step, -1);
        }
    }

    /// <summary>Behind a call r0 is its result, and r1 to r5 are forgotten.</summary>
    private void BackClobber(int step, int depth)
    {
        if (Takes(depth, 0)) Begin(CausalKind.Origin, step, 0);
        for (int register = 1; register <= 5; register++)
        {
            if (Takes(depth, register)) Begin(CausalKind.Forgotten, step, register);
        }
    }

    private void BackReturn(int step, int depth)
    {
        if (depth == 0 || !_path.Returns.TryGetValue(step, out int call)) return;
        bool isFunction = _path.RowAt(call)?.Operation == Operation.CallLocal;
        for (int register = 1; register <= 5; register++)
        {
            if (Takes(depth - 1, register)) Begin(CausalKind.Forgotten, call, register);
        }

        if (!Takes(depth - 1, 0)) return;
        if (isFunction)
        {
            Add(CausalKind.Return, step, 0);
            Want(depth, 1);
        }
        else Begin(CausalKind.Origin, call, 0);
    }

    private int Wanted(int depth)
    {
        while (_wanted.Count <= depth) _wanted.Add(0);
        return _wanted[depth];
    }

    private void Want(int depth, int registers)
    {
        int before = Wanted(depth);
        _wanted[depth] = before | (registers & ~(1 << FramePointer)); // where the stack is needs no explanation
    }

    private bool Takes(int depth, int register)
    {
        int before = Wanted(depth);
        if ((before & (1 << register)) == 0) return false;
        _wanted[depth] = before & ~(1 << register);
        return true;
    }

    /// <summary>True if a write covers a part of a wanted slot; what it covers is not wanted any more.</summary>
    private bool TakesSlot(int frame, int offset, int size)
    {
        bool found = false;
        for (int i = _slots.Count - 1; i >= 0; i--)
        {
            (int Frame, int Offset, int Size) slot = _slots[i];
            if (slot.Frame != frame || offset >= slot.Offset + slot.Size || offset + size <= slot.Offset) continue;
            found = true;
            _slots.RemoveAt(i);
            if (slot.Offset < offset) _slots.Add((frame, slot.Offset, offset - slot.Offset));
            if (slot.Offset + slot.Size > offset + size) _slots.Add((frame, offset + size, slot.Offset + slot.Size - offset - size));
        }

        return found;
    }

    private void Begin(CausalKind kind, int step, int register)
    {
        Origins.Add(step);
        Add(kind, step, register);
    }

    private void Add(CausalKind kind, int step, int register)
    {
        if (_seen.TryGetValue((kind, _path.Slots[step]), out int index)) _steps[index] = _steps[index] with { Times = _steps[index].Times + 1 };
        else
        {
            _seen.Add((kind, _path.Slots[step]), _steps.Count);
            _steps.Add(new LineageStep(kind, step, register, 1));
        }
    }
}
