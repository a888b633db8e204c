// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>
/// One pass forward over the code that knows, at each instruction, which registers and spill slots hold the frame pointer, the
/// context pointer or a map, each plus a constant. Accesses through these need no test when the program runs.
/// Loops are not iterated: at the head of a loop everything that the loop (or a loop overlapping it) may change is forgotten.
/// </summary>
internal sealed class AccessAnalysis
{
    // An abstract value is one int: the kind in the upper bits, in the lower ones a biased offset or a map's index. 0 is "anything".
    private const int KindShift = 28;
    private const int Frame = 1 << KindShift;
    private const int Context = 2 << KindShift;
    private const int Map = 3 << KindShift;
    private const int KindMask = 7 << KindShift;
    private const int Bias = 1 << 26;

    private const int Registers = 11;
    private const int Slots = VmState.FrameSize / 8;
    private const int StateSize = Registers + Slots;

    /// <summary>More saved states than this at one time: further joins start from "anything", so that memory stays bounded.</summary>
    private const int MaxSaved = 4096;

    private readonly Instruction[] _code;
    private readonly OpcodeInfo?[] _rows;
    private readonly ulong[] _constants;
    private readonly bool[] _leaders;
    private readonly int[] _functions;
    private readonly ContextLayout _layout;
    private readonly Dictionary<ulong, int> _mapOf = [];
    private readonly IReadOnlyList<VmMap?> _maps;
    private readonly KnownAccesses _known;

    /// <summary>Per slot: 0 no state yet, -1 "anything", else 1 + index of a saved state. Only forward jumps save.</summary>
    private readonly int[] _saved;
    private readonly List<int[]> _states = [];
    private readonly Stack<int> _free = new();
    private readonly int[] _now = new int[StateSize];

    private readonly int[][] _entries;
    private int[]? _loopMasks;
    private ulong[]? _loopSlots;
    private int _frameCopies;

    private unsafe AccessAnalysis(Instruction[] code, OpcodeInfo?[] rows, ulong[] constants, bool[] leaders, int[] functions, ContextLayout layout, IReadOnlyList<VmMap?> maps)
    {
        _code = code;
        _rows = rows;
        _constants = constants;
        _leaders = leaders;
        _functions = functions;
        _layout = layout;
        _maps = maps;
        for (int i = 0; i < maps.Count; i++)
        {
            if (maps[i] is { } map) _mapOf[(ulong)map.Header] = i;
        }

        _known = new KnownAccesses(code.Length);
        _saved = new int[code.Length];
        _entries = new int[functions.Length][];
    }

    internal static KnownAccesses Run(Instruction[] code, OpcodeInfo?[] rows, ulong[] constants, bool[] leaders, int[] functions, ContextLayout layout, IReadOnlyList<VmMap?> maps)
    {
        AccessAnalysis analysis = new(code, rows, constants, leaders, functions, layout, maps);
        analysis.Run();
        return analysis._known;
    }

    private void Run()
    {
        FindLoops();
        bool[] unknownEntry = new bool[_functions.Length];
        int[] callers = CountCallers(unknownEntry);
        int[] entry = new int[5];
        entry[0] = _layout.Shape == ContextShape.Memory ? 0 : Context | Bias;
        _entries[0] = entry;
        bool[] done = new bool[_functions.Length];
        Queue<int> ready = new();
        ready.Enqueue(0);
        for (int i = 1; i < _functions.Length; i++)
        {
            if (callers[i] == 0) ready.Enqueue(i);
        }

        int next = 0;
        while (true)
        {
            if (!ready.TryDequeue(out int function))
            {
                // What remains calls itself in a circle: nothing is known about its arguments.
                while (next < done.Length && done[next]) next++;
                if (next == done.Length) break;
                function = next;
                unknownEntry[function] = true;
            }

            if (done[function]) continue;
            done[function] = true;
            RunFunction(function, unknownEntry[function] && function != 0, callee =>
            {
                if (--callers[callee] == 0 && !done[callee]) ready.Enqueue(callee);
            });
        }
    }

    private int[] CountCallers(bool[] unknownEntry)
    {
        int[] callers = new int[_functions.Length];
        if (_functions.Length == 1) return callers;
        for (int at = 0; at < _code.Length; at++)
        {
            OpcodeInfo? row = _rows[at];
            if (row is null) continue;
            if (row.Operation == Operation.CallLocal) callers[FunctionAt((int)_constants[at])]++;
            else if (row.Form == OperandForm.Wide && VmSupport.SlotOfHandle(_constants[at]) is >= 0 and int slot && _code[at].Source == (int)PseudoSource.Function) unknownEntry[FunctionAt(slot)] = true;
        }

        return callers;
    }

    private int FunctionAt(int slot) => Array.BinarySearch(_functions, slot);

    private void RunFunction(int function, bool unknownEntry, Action<int> called)
    {
        int start = _functions[function], end = function + 1 < _functions.Length ? _functions[function + 1] : _code.Length;
        Array.Clear(_now);
        _now[10] = Frame | Bias;
        if (!unknownEntry && _entries[function] is { } arguments) Array.Copy(arguments, 0, _now, 1, 5);
        bool reachable = true;
        for (int at = start; at < end; at++)
        {
            if (_leaders[at]) Join(at, ref reachable);
            else if (!reachable) Forget(ref reachable);
            OpcodeInfo row = _rows[at]!;
            Step(at, row, end, ref reachable, called);
            if (row.Form == OperandForm.Wide) at++;
        }
    }

    private void Forget(ref bool reachable)
    {
        // Code behind an unconditional jump that nothing jumps to: it never runs, but has to be translated.
        Array.Clear(_now);
        _now[10] = Frame | Bias;
        reachable = true;
    }

    private void Join(int at, ref bool reachable)
    {
        int saved = _saved[at];
        if (saved > 0)
        {
            int[] state = _states[saved - 1];
            if (!reachable) state.CopyTo(_now, 0);
            else Meet(_now, state);
            _free.Push(saved - 1);
            reachable = true;
        }
        else if (saved < 0 || !reachable)
        {
            Forget(ref reachable);
        }

        int loop = _loopMasks?[at] ?? 0;
        if (loop == 0) return;
        int mask = loop & 0x7ff;
        for (int r = 0; r < 10; r++)
        {
            if ((mask & (1 << r)) != 0) _now[r] = 0;
        }

        ulong slots = _loopSlots![at];
        for (int s = 0; s < Slots; s++)
        {
            if ((slots & (1ul << s)) != 0) _now[Registers + s] = 0;
        }
    }

    private static void Meet(int[] into, int[] with)
    {
        for (int i = 0; i < StateSize; i++)
        {
            if (into[i] != with[i]) into[i] = 0;
        }
    }

    private void Save(int target)
    {
        int saved = _saved[target];
        if (saved < 0) return;
        if (saved > 0)
        {
            Meet(_states[saved - 1], _now);
            return;
        }

        if (!_free.TryPop(out int index))
        {
            if (_states.Count >= MaxSaved)
            {
                _saved[target] = -1;
                return;
            }

            index = _states.Count;
            _states.Add(new int[StateSize]);
        }

        _now.CopyTo(_states[index], 0);
        _saved[target] = index + 1;
    }

    private void Step(int at, OpcodeInfo row, int end, ref bool reachable, Action<int> called)
    {
        Instruction instruction = _code[at];
        int[] now = _now;
        switch (row.Form)
        {
            case OperandForm.DstSrc:
                int source = now[instruction.Source];
                now[instruction.Destination] = row.Width == 64 && row.Operation is Operation.Mov or Operation.AddrSpaceCast ? source : 0;
                break;
            case OperandForm.DstImm:
                now[instruction.Destination] = row.Width == 64 && row.Operation is Operation.Add or Operation.Sub
                    ? Move(now[instruction.Destination], row.Operation == Operation.Add ? instruction.Immediate : -(long)instruction.Immediate)
                    : 0;
                break;
            case OperandForm.Dst:
                now[instruction.Destination] = 0;
                break;
            case OperandForm.Wide:
                now[instruction.Destination] = instruction.Source != 0 && _mapOf.TryGetValue(_constants[at], out int map) ? Map | map : 0;
                break;
            case OperandForm.LoadMem:
                Load(at, row, instruction);
                break;
            case OperandForm.StoreImm or OperandForm.StoreReg:
                Store(at, row, instruction);
                break;
            case OperandForm.PacketAbs or OperandForm.PacketInd:
                Array.Clear(now, 0, 6);
                break;
            case OperandForm.Call or OperandForm.Register:
                Call(at, row, called);
                break;
            case OperandForm.Jump or OperandForm.JumpLong or OperandForm.DstImmJump or OperandForm.DstSrcJump:
                int target = at + 1 + (row.Form == OperandForm.JumpLong ? instruction.Immediate : instruction.Offset);
                if (target > at && target < end) Save(target);
                if (!row.IsConditionalJump) reachable = false;
                break;
            case OperandForm.None:
                reachable = false;
                break;
        }
    }

    private static int Move(int value, long by)
    {
        int kind = value & KindMask;
        if (kind is not (Frame or Context)) return 0;
        long offset = (value & ~KindMask) + by;
        return offset is >= 0 and < (1 << KindShift) ? kind | (int)offset : 0;
    }

    private static int OffsetOf(int value) => (value & ~KindMask) - Bias;

    private void Load(int at, OpcodeInfo row, Instruction instruction)
    {
        int value = _now[instruction.Source];
        int bytes = row.Width / 8;
        int offset = OffsetOf(value) + instruction.Offset;
        int result = 0;
        AccessKind kind = Classify(at, value, offset, bytes, false);
        if (kind == AccessKind.Stack && bytes == 8 && (offset & 7) == 0) result = _now[Registers + ((offset + VmState.FrameSize) >> 3)];
        if (row.Operation == Operation.LoadSx && kind is >= AccessKind.PacketStart) _known.Kinds[at] = AccessKind.Unknown;
        _now[instruction.Destination] = result;
    }

    private void Store(int at, OpcodeInfo row, Instruction instruction)
    {
        bool load = row.Operation == Operation.LoadAcquire;
        int value = _now[load ? instruction.Source : instruction.Destination];
        int bytes = row.Width / 8;
        int offset = OffsetOf(value) + instruction.Offset;
        AccessKind kind = Classify(at, value, offset, bytes, !load);
        if (row.IsAtomic)
        {
            if (kind is >= AccessKind.Context) _known.Kinds[at] = AccessKind.Unknown; // atomics on a context are for the slow path to refuse
            if (load) _now[instruction.Destination] = 0;
            else if (row.Operation == Operation.AtomicCmpXchg) _now[0] = 0;
            else if (row.WritesSource) _now[instruction.Source] = 0;
        }

        if (load || kind != AccessKind.Stack) return;
        int first = (offset + VmState.FrameSize) >> 3, last = (offset + bytes - 1 + VmState.FrameSize) >> 3;
        for (int slot = first; slot <= last; slot++) _now[Registers + slot] = 0;
        if (row.Operation == Operation.StoreRegister && bytes == 8 && (offset & 7) == 0) _now[Registers + first] = _now[instruction.Source];
    }

    private AccessKind Classify(int at, int value, int offset, int bytes, bool write)
    {
        AccessKind kind = AccessKind.Unknown;
        if ((value & KindMask) == Frame && offset >= -VmState.FrameSize && offset + bytes <= 0) kind = AccessKind.Stack;
        else if ((value & KindMask) == Context) kind = _layout.Classify(offset, bytes, write);
        _known.Kinds[at] = kind;
        _known.Offsets[at] = kind == AccessKind.Unknown ? 0 : offset;
        if (kind == AccessKind.Unknown)
        {
            _known.HasUnknown = true;
            _known.MayWritePacket |= write;
        }

        return kind;
    }

    private void Call(int at, OpcodeInfo row, Action<int> called)
    {
        if (row.Operation == Operation.CallLocal)
        {
            int callee = FunctionAt((int)_constants[at]);
            ref int[] entry = ref _entries[callee];
            bool first = entry is null;
            entry ??= new int[5];
            for (int i = 0; i < 5; i++)
            {
                // A pointer into the caller's frame is not one into the callee's.
                int argument = (_now[i + 1] & KindMask) == Frame ? 0 : _now[i + 1];
                entry[i] = first || entry[i] == argument ? argument : 0;
            }

            called(callee);
        }
        else if ((_now[1] & KindMask) == Map)
        {
            _known.CallMaps[at] = _maps[_now[1] & ~KindMask];
        }

        Array.Clear(_now, 0, 6);
    }

    /// <summary>Per loop head: what may change in the union of all overlapping backward ranges that it lies in.</summary>
    private void FindLoops()
    {
        List<(int Low, int High)> ranges = [];
        for (int at = 0; at < _code.Length; at++)
        {
            OpcodeInfo? row = _rows[at];
            if (row is null || !row.IsJump) continue;
            int target = at + 1 + (row.Form == OperandForm.JumpLong ? _code[at].Immediate : _code[at].Offset);
            if (target <= at) ranges.Add((target, at));
        }

        if (ranges.Count == 0) return;
        _frameCopies = FindFrameCopies();
        _loopMasks = new int[_code.Length];
        _loopSlots = new ulong[_code.Length];
        ranges.Sort();
        for (int i = 0; i < ranges.Count;)
        {
            (int low, int high) = ranges[i];
            int next = i + 1;
            for (; next < ranges.Count && ranges[next].Low <= high; next++) high = Math.Max(high, ranges[next].High);
            (int mask, ulong slots) = Changed(low, high);
            for (; i < next; i++)
            {
                _loopMasks[ranges[i].Low] = mask | (1 << 30);
                _loopSlots[ranges[i].Low] = slots;
            }
        }
    }

    /// <summary>The registers that hold r10 or something derived from it anywhere in the program, without regard to order.</summary>
    private int FindFrameCopies()
    {
        int mask = 1 << 10;
        while (true)
        {
            int before = mask;
            for (int at = 0; at < _code.Length; at++)
            {
                OpcodeInfo? row = _rows[at];
                if (row is null || !row.UsesSourceRegister || (mask & (1 << _code[at].Source)) == 0) continue;
                if (row.Form == OperandForm.DstSrc) mask |= 1 << _code[at].Destination;
                else if (row.Form == OperandForm.StoreReg && row.Operation != Operation.LoadAcquire) return 0x7ff; // spilled: any load may bring it back
            }

            if (mask == before) return mask;
        }
    }

    private (int Registers, ulong Slots) Changed(int low, int high)
    {
        int mask = 0;
        ulong slots = 0;
        for (int at = low; at <= high; at++)
        {
            OpcodeInfo? row = _rows[at];
            if (row is null) continue;
            Instruction instruction = _code[at];
            if (row.WritesDestination) mask |= 1 << instruction.Destination;
            if (row.WritesSource) mask |= 1 << instruction.Source;
            if (row.Operation == Operation.AtomicCmpXchg) mask |= 1;
            if (row.IsCall || row.Form is OperandForm.PacketAbs or OperandForm.PacketInd) mask |= 0x3f;
            if (!row.WritesMemory) continue;
            if (instruction.Destination != 10)
            {
                // Through a copy of r10: which slots it reaches is not known here.
                if ((_frameCopies & (1 << instruction.Destination)) != 0) slots = ulong.MaxValue;
                continue;
            }

            int first = (instruction.Offset + VmState.FrameSize) >> 3, last = (instruction.Offset + (row.Width / 8) - 1 + VmState.FrameSize) >> 3;
            for (int slot = Math.Max(0, first); slot <= Math.Min(Slots - 1, last); slot++) slots |= 1ul << slot;
        }

        return (mask, slots);
    }
}
