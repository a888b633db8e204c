// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Finds out cheaply whether all loops of a program that calls nothing are counted and how much work they are at most. A counted loop
/// is entered at its head only, adds a constant to its counter once in every turn, and goes on if the counter, or a copy made in the
/// same turn, compares with a constant. What does not look like that has no bound.
/// </summary>
internal readonly ref struct LoopBounds
{
    private const int MaximumLoops = 8, MaximumSlots = 4096, DivisionWeight = 16;

    private readonly PreparedProgram _program;
    private readonly JitAnalysis _analysis;
    private readonly Span<Loop> _loops;

    private LoopBounds(PreparedProgram program, JitAnalysis analysis, Span<Loop> loops)
    {
        _program = program;
        _analysis = analysis;
        _loops = loops;
    }

    /// <summary>
    /// How many slots a run goes over at most, where a division counts as several; <see cref="long.MaxValue"/> if there is no bound.
    /// No less than the fuel that the run is charged.
    /// </summary>
    internal static long LongestRun(PreparedProgram program, JitAnalysis analysis)
    {
        int count = program.Instructions.Length;
        if (count > MaximumSlots) return long.MaxValue;
        Span<Loop> loops = stackalloc Loop[MaximumLoops];
        int found = 0;
        for (int slot = 0; slot < count; slot++)
        {
            int target = analysis.Target(slot);
            if (target < 0 || target > slot) continue;
            if (found == MaximumLoops) return long.MaxValue;
            loops[found++] = new Loop(target, slot, 0);
        }

        LoopBounds bounds = new(program, analysis, loops[..found]);
        return bounds.Total(count);
    }

    /// <summary>The work of a run, or <see cref="long.MaxValue"/>.</summary>
    private long Total(int count)
    {
        for (int i = 0; i < _loops.Length; i++)
        {
            long turns = Turns(_loops[i], count);
            if (turns <= 0) return long.MaxValue;
            _loops[i] = _loops[i] with { Turns = turns };
        }

        long total = Weight(0, count - 1);
        foreach (Loop loop in _loops)
        {
            long work = Weight(loop.Head, loop.Latch);
            foreach (Loop outer in _loops)
            {
                if (outer.Head > loop.Head || outer.Latch < loop.Latch) continue;
                work *= outer.Turns;
                if (work > int.MaxValue) return long.MaxValue;
            }

            total += work;
        }

        return total;
    }

    private long Weight(int from, int to)
    {
        long weight = 0;
        for (int slot = from; slot <= to; slot++)
        {
            weight += _program.Rows[slot]?.Operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod ? DivisionWeight : 1;
        }

        return weight;
    }

    /// <summary>How often the body of a loop runs at most each time it is entered; 0 if that is not known.</summary>
    private long Turns(Loop loop, int count)
    {
        OpcodeInfo latch = _program.Rows[loop.Latch]!;
        if (latch.Form != OperandForm.DstImmJump || !IsEnteredAtHead(loop, count, out bool byFallThrough)) return 0;
        Instruction test = _program.Instructions[loop.Latch];
        int tested = test.Destination, counter = tested;
        long limit = test.Immediate;
        int copy = -1;
        int step = OnlyWrite(loop, tested);
        if (step >= 0 && _program.Rows[step] is { Operation: Operation.Mov, Form: OperandForm.DstSrc })
        {
            copy = step;
            counter = _program.Instructions[copy].Source;
            step = OnlyWrite(loop, counter);
        }

        if (limit < 0 || step < 0 || _program.Rows[step] is not { Operation: Operation.Add, Form: OperandForm.DstImm }) return 0;
        if (!IsInEveryTurn(loop, step) || (copy >= 0 && !IsInEveryTurn(loop, copy))) return 0;
        long by = _program.Instructions[step].Immediate;
        if (latch.Operation is Operation.Jlt or Operation.Jle)
        {
            // Wherever the counter starts: it goes on only below the limit, and one step from there cannot wrap, not even 32 bits.
            return by is > 0 and < 1 << 30 ? (limit / by) + 5 : 0;
        }

        // Another comparison has to hit its constant, so the start must be known. Start, limit and all between are small and positive.
        if (latch.Operation != Operation.Jne || by == 0 || !byFallThrough || !StartOf(loop, counter, out long start)) return 0;
        long distance = limit - start;
        long first = copy >= 0 && copy < step ? 0 : by;
        if (distance % by != 0 || distance / by < first / by) return 0;
        return (distance / by) + 2;
    }

    /// <summary>True if nothing jumps into the loop behind its head, and no other loop has the same head.</summary>
    private bool IsEnteredAtHead(Loop loop, int count, out bool byFallThrough)
    {
        byFallThrough = true;
        for (int slot = 0; slot < count; slot++)
        {
            int target = _analysis.Target(slot);
            if (target < loop.Head || target > loop.Latch) continue;
            bool isInside = slot >= loop.Head && slot <= loop.Latch;
            if (target > loop.Head ? !isInside : slot > loop.Head && slot != loop.Latch) return false;
            if (target == loop.Head && slot != loop.Latch) byFallThrough = false;
        }

        return true;
    }

    /// <summary>The only slot of a loop that writes a register; -1 if there is none or more than one.</summary>
    private int OnlyWrite(Loop loop, int register)
    {
        int found = -1;
        for (int slot = loop.Head; slot <= loop.Latch; slot++)
        {
            if (((_analysis.Sets(slot) >> register) & 1) == 0) continue;
            if (found >= 0) return -1;
            found = slot;
        }

        return found;
    }

    /// <summary>True if each turn that gets to the end of the loop runs a slot exactly once.</summary>
    private bool IsInEveryTurn(Loop loop, int slot)
    {
        foreach (Loop inner in _loops)
        {
            if (inner.Head <= slot && slot <= inner.Latch && (inner.Head > loop.Head || inner.Latch < loop.Latch)) return false;
        }

        for (int before = loop.Head; before < slot; before++)
        {
            int target = _analysis.Target(before);
            if (target > slot && target <= loop.Latch) return false;
        }

        return true;
    }

    /// <summary>The small positive constant that a register has where the loop is entered.</summary>
    private bool StartOf(Loop loop, int register, out long start)
    {
        start = 0;
        for (int slot = loop.Head - 1; slot >= 0; slot--)
        {
            if (((_analysis.Sets(slot) >> register) & 1) != 0)
            {
                start = _program.Instructions[slot].Immediate;
                return _program.Rows[slot] is { Operation: Operation.Mov, Form: OperandForm.DstImm } && start >= 0;
            }

            if (_program.IsLeader[slot]) return false;
        }

        return false;
    }

    private readonly record struct Loop(int Head, int Latch, long Turns);
}
