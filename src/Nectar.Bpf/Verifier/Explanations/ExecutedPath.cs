// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>
/// The slots that were executed from the entry to the failure, run once more with just enough knowledge to tell values apart: the call depth of
/// every step, which accesses go to the stack and where, and where the operands of branches began.
/// </summary>
internal sealed class ExecutedPath
{
    /// <summary>The stack address of a step that accesses no known stack memory.</summary>
    internal const long NoAddress = long.MinValue;

    private const int Registers = 11, FramePointer = 10;

    private readonly ProgramText _program;
    private readonly List<PathValue[]> _frames = [];
    private readonly List<int> _calls = []; // the step that entered each frame but the first
    private readonly Dictionary<(int Frame, int Offset), (PathValue Value, int Size)> _stack = [];

    internal ExecutedPath(ProgramText program, IReadOnlyList<int> slots)
    {
        _program = program;
        Slots = slots;
        Depths = new byte[slots.Count];
        Addresses = new long[slots.Count];
        Array.Fill(Addresses, NoAddress);
        PathValue[] entry = NewFrame(0);
        entry[1] = new PathValue(PathValueKind.Context, 0, 0, -1);
        _frames.Add(entry);
        for (int i = 0; i < slots.Count; i++) Run(i);
    }

    internal IReadOnlyList<int> Slots { get; }

    /// <summary>The call depth at which each step ran; 0 is the entry.</summary>
    internal byte[] Depths { get; }

    /// <summary>For steps that access the stack at a constant offset: frame and offset (<see cref="FrameOf"/>, <see cref="OffsetOf"/>).</summary>
    internal long[] Addresses { get; }

    /// <summary>r1 to r5 at each call.</summary>
    internal Dictionary<int, PathValue[]> Arguments { get; } = [];

    /// <summary>For steps that return from a function: the step that called it.</summary>
    internal Dictionary<int, int> Returns { get; } = [];

    /// <summary>Conditional jumps: the step, and where its operands began.</summary>
    internal List<(int Step, int First, int Second)> Branches { get; } = [];

    internal Instruction At(int step) => _program.Code[Slots[step]];

    internal OpcodeInfo? RowAt(int step) => _program.Contains(Slots[step]) ? OpcodeTable.Find(At(step)) : null;

    internal static int FrameOf(long address) => (int)(address >> 32);

    internal static int OffsetOf(long address) => unchecked((int)address);

    /// <summary>True if the conditional jump at a step was taken.</summary>
    internal bool IsTaken(int step) => step + 1 < Slots.Count && Slots[step + 1] != Slots[step] + 1;

    /// <summary>True if the step enters a function of the program, which the path then goes through.</summary>
    internal bool Enters(int step) => step + 1 < Slots.Count && Depths[step + 1] > Depths[step];

    /// <summary>What a call writes to the stack: address and size, through the arguments that its prototype says are written.</summary>
    internal IEnumerable<(int Frame, int Offset, int Size)> Writes(int step)
    {
        if (!Arguments.TryGetValue(step, out PathValue[]? arguments)) yield break;
        Instruction call = At(step);
        HelperInfo? helper = call.Source == 0 ? HelperTable.Find(call.Immediate) : null;
        for (int i = 0; i < 5; i++)
        {
            if (arguments[i].Kind != PathValueKind.Stack) continue;
            ArgumentKind kind = helper is null ? ArgumentKind.UninitMemory : i < helper.Arguments.Count ? helper.Arguments[i] : ArgumentKind.None;
            int size = kind switch
            {
                ArgumentKind.UninitMemory => SizeBehind(arguments, i),
                ArgumentKind.FixedOutput or ArgumentKind.UninitMapValue => 8,
                ArgumentKind.UninitDynptr or ArgumentKind.Iterator => 16,
                _ => 0,
            };
            if (size > 0) yield return (arguments[i].Frame, (int)arguments[i].Number, size);
        }
    }

    private static int SizeBehind(PathValue[] arguments, int at)
    {
        // probe_read and its like have the size behind the pointer, and so have most kernel functions
        return at + 1 < 5 && arguments[at + 1] is { Kind: PathValueKind.Number, Number: > 0 and <= 512 } size ? (int)size.Number : 8;
    }

    private void Run(int step)
    {
        Depths[step] = (byte)(_frames.Count - 1);
        if (RowAt(step) is not { } row) return;
        Instruction instruction = At(step);
        PathValue[] registers = _frames[^1];
        if (row.IsConditionalJump && row.Operation != Operation.MayGoto)
        {
            Branches.Add((step, registers[Math.Min(instruction.Destination, FramePointer)].Origin, row.UsesSourceRegister ? registers[Math.Min(instruction.Source, FramePointer)].Origin : -1));
        }
        else if (row.IsCall) Call(step, instruction, row, registers);
        else if (row.Operation == Operation.Exit) Return(step, registers);
        else if (row.Form is OperandForm.PacketAbs or OperandForm.PacketInd)
        {
            for (int r = 0; r <= 5; r++) registers[r] = PathValue.Unknown(step);
        }
        else if (row.ReadsMemory || row.WritesMemory) Access(step, instruction, row, registers);
        else if (row.WritesDestination && instruction.Destination < FramePointer) registers[instruction.Destination] = Compute(step, instruction, row, registers);
    }

    private PathValue Compute(int step, Instruction instruction, OpcodeInfo row, PathValue[] registers)
    {
        PathValue operand = row.Form == OperandForm.DstSrc ? registers[Math.Min(instruction.Source, FramePointer)] : new PathValue(PathValueKind.Number, 0, instruction.Immediate, step);
        PathValue old = registers[instruction.Destination];
        if (row.Form == OperandForm.Wide)
        {
            int slot = Slots[step];
            if (instruction.Source != 0 || slot + 1 >= _program.Code.Length) return new PathValue(PathValueKind.Named, 0, slot, step);
            return new PathValue(PathValueKind.Number, 0, (long)Instruction.WideImmediate(instruction, _program.Code[slot + 1]), step);
        }

        if (row.Operation == Operation.Mov)
        {
            if (row.Width == 64) return operand;
            return operand.Kind == PathValueKind.Number ? operand with { Number = (uint)operand.Number } : PathValue.Unknown(operand.Origin);
        }

        if (row.Operation is Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32) return PathValue.Unknown(operand.Origin);
        bool isSum = row.Width == 64 && row.Operation is Operation.Add or Operation.Sub && operand.Kind == PathValueKind.Number && old.Kind is PathValueKind.Number or PathValueKind.Stack;
        return isSum ? old with { Number = unchecked(row.Operation == Operation.Add ? old.Number + operand.Number : old.Number - operand.Number) } : PathValue.Unknown(old.Origin);
    }

    private void Access(int step, Instruction instruction, OpcodeInfo row, PathValue[] registers)
    {
        PathValue pointer = registers[Math.Min(row.AddressIsSource ? instruction.Source : instruction.Destination, FramePointer)];
        int size = Math.Max(1, row.Width / 8);
        bool onStack = pointer.Kind == PathValueKind.Stack && pointer.Number is > -100_000 and < 100_000;
        (int Frame, int Offset) key = onStack ? (pointer.Frame, (int)pointer.Number + instruction.Offset) : default;
        if (onStack) Addresses[step] = ((long)key.Frame << 32) | (uint)key.Offset;
        PathValue held = onStack && _stack.TryGetValue(key, out (PathValue Value, int Size) slot) && slot.Size == size ? slot.Value : PathValue.Unknown(step);
        if (row.WritesMemory && onStack)
        {
            Forget(key.Frame, key.Offset, size);
            if (row.Form == OperandForm.StoreImm) _stack[key] = (new PathValue(PathValueKind.Number, 0, instruction.Immediate, step), size);
            else if (!row.IsAtomic) _stack[key] = (registers[Math.Min(instruction.Source, FramePointer)], size);
        }

        if (row.WritesDestination && instruction.Destination < FramePointer) registers[instruction.Destination] = held;
        if (row.WritesSource && instruction.Source < FramePointer) registers[instruction.Source] = PathValue.Unknown(step);
        if (row.Operation == Operation.AtomicCmpXchg) registers[0] = PathValue.Unknown(step);
    }

    private void Call(int step, Instruction instruction, OpcodeInfo row, PathValue[] registers)
    {
        Arguments[step] = registers[1..6];
        int next = step + 1 < Slots.Count ? Slots[step + 1] : -1, slot = Slots[step];
        bool isFunction = row.Operation == Operation.CallLocal && next == slot + 1 + instruction.Immediate && next != slot + 1;
        bool isCallback = row.Operation != Operation.CallLocal && next >= 0 && next != slot + 1 && next != slot && IsCallbackOf(registers, next);
        if ((isFunction || isCallback) && _frames.Count < 32)
        {
            PathValue[] callee = NewFrame(_frames.Count);
            if (isFunction) registers.AsSpan(1, 5).CopyTo(callee.AsSpan(1));
            else
            {
                for (int r = 1; r <= 5; r++) callee[r] = PathValue.Unknown(step);
                if (CallbackState.Find(instruction) is var (argument, parameter)) callee[parameter] = registers[argument];
            }

            _frames.Add(callee);
            _calls.Add(step);
            return;
        }

        foreach ((int frame, int offset, int size) in Writes(step)) Forget(frame, offset, size);
        Clobber(registers, step);
    }

    private void Return(int step, PathValue[] registers)
    {
        if (_calls.Count == 0) return;
        int call = _calls[^1];
        Returns[step] = call;
        int frame = _frames.Count - 1;
        _frames.RemoveAt(frame);
        _calls.RemoveAt(frame - 1);
        foreach ((int Frame, int Offset) key in _stack.Keys.Where(key => key.Frame == frame).ToArray()) _stack.Remove(key);
        Clobber(_frames[^1], step);
        if (RowAt(call)?.Operation == Operation.CallLocal) _frames[^1][0] = registers[0];
    }

    /// <summary>The path goes from a helper into a function that it was given: into a named function, if the slot was loaded as one.</summary>
    private bool IsCallbackOf(PathValue[] registers, int target)
    {
        for (int r = 1; r <= 5; r++)
        {
            if (registers[r].Kind != PathValueKind.Named) continue;
            Instruction load = _program.Code[registers[r].Number];
            if (load.Source == (int)PseudoSource.Function && registers[r].Number + 1 + load.Immediate == target) return true;
        }

        return false;
    }

    private static void Clobber(PathValue[] registers, int step)
    {
        for (int r = 0; r <= 5; r++) registers[r] = PathValue.Unknown(step);
    }

    private void Forget(int frame, int offset, int size)
    {
        for (int at = offset - 7; at < offset + size; at++)
        {
            if (_stack.TryGetValue((frame, at), out (PathValue Value, int Size) slot) && at + slot.Size > offset) _stack.Remove((frame, at));
        }
    }

    private static PathValue[] NewFrame(int depth)
    {
        PathValue[] registers = new PathValue[Registers];
        Array.Fill(registers, PathValue.Unknown(-1));
        registers[FramePointer] = new PathValue(PathValueKind.Stack, depth, 0, -1);
        return registers;
    }
}

/// <summary>Which argument of a helper reaches its callback, and as which parameter.</summary>
internal static class CallbackState
{
    internal static (int Argument, int Parameter)? Find(Instruction call) => call.Source != 0 ? null : HelperNames.NameOf(call.Immediate) switch
    {
        "bpf_loop" => (3, 2),
        "bpf_for_each_map_elem" => (3, 4),
        "bpf_find_vma" => (4, 3),
        "bpf_user_ringbuf_drain" => (3, 2),
        _ => null,
    };
}
