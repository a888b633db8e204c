// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>The walk: instruction by instruction along each path, the branch found last first, until no path is left.</summary>
internal sealed class Explorer
{
    /// <summary>How many instructions are walked between two looks at the clock.</summary>
    private const int ClockInterval = 4096;

    private readonly Analysis _a;
    private readonly Checkpoints _checkpoints;
    private readonly VerifierBudget _budget;
    private readonly long _limit;
    private readonly int[] _visits;
    private readonly List<VerifierState>?[]? _kept;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _jumps;

    internal Explorer(Analysis analysis)
    {
        _a = analysis;
        _budget = analysis.Options.Budget;
        _limit = FeatureRules.WalkLimit(analysis.Options.Kernel, _budget.Instructions);
        _visits = new int[analysis.Input.Instructions.Length];
        analysis.Precision = new Precision(analysis);
        _checkpoints = new Checkpoints(analysis, analysis.Precision, new LoopTracker(analysis.Precision));
        if (analysis.Options.KeepStates) _kept = new List<VerifierState>?[_visits.Length];
    }

    internal long Walked { get; private set; }

    internal int[] Visits => _visits;

    internal int Checkpoints => _checkpoints.Made;

    internal List<VerifierState>?[]? KeptStates => _kept;

    /// <summary>Walks all paths from the current state at a slot.</summary>
    /// <exception cref="VerifierStop">The program is refused.</exception>
    internal void Run(int slot)
    {
        _a.Slot = slot;
        _a.PreviousSlot = -1;
        do
        {
            WalkPath();
            EndPath(_a.State);
        }
        while (Next());
    }

    internal static void AddHistory(VerifierState state, HistoryEntry entry)
    {
        if (state.HistoryCount == state.History.Length) Array.Resize(ref state.History, Math.Max(16, state.History.Length * 2));
        state.History[state.HistoryCount++] = entry;
    }

    /// <summary>Adds to what is known of the step that is being made.</summary>
    internal static void NoteStep(Analysis a, int stackFrame, int stackSlot, ulong linked)
    {
        VerifierState state = a.State;
        if (state.HistoryCount > 0 && state.History[state.HistoryCount - 1].Slot == a.Slot && a.StepIsNoted)
        {
            ref HistoryEntry entry = ref state.History[state.HistoryCount - 1];
            if (stackFrame >= 0)
            {
                entry.StackFrame = (sbyte)stackFrame;
                entry.StackSlot = (byte)stackSlot;
            }

            if (linked != 0) entry.Linked = linked;
            return;
        }

        AddHistory(state, new HistoryEntry(a.Slot, a.PreviousSlot, (sbyte)stackFrame, (byte)Math.Max(0, stackSlot), linked));
        a.StepIsNoted = true;
    }

    private bool Next()
    {
        if (!_a.Pending.TryPop(out (VerifierState State, int Target, int Origin) item)) return false;
        _a.State = item.State;
        _a.Slot = item.Target;
        _a.PreviousSlot = item.Origin;
        return true;
    }

    /// <summary>A path is at its end: checkpoints behind it that have no other path left are complete.</summary>
    private void EndPath(VerifierState state)
    {
        VerifierState? inner = state;
        VerifierState? parent = state.Parent;
        while (parent is not null)
        {
            if (inner!.LoopEntry is { } entry) LoopTracker.Join(parent, entry);
            if (--parent.Branches > 0) break;
            _checkpoints.Loops.Complete(parent);
            if (!ReferenceEquals(inner, state)) _checkpoints.Recycle(inner);
            inner = parent;
            parent = parent.Parent;
        }

        if (!ReferenceEquals(inner, state) && inner!.Branches == 0) _checkpoints.Recycle(inner);
        _a.Pool.Return(state);
    }

    private void WalkPath()
    {
        ProgramMap program = _a.Program;
        SlotMarks[] marks = program.Marks;
        while (true)
        {
            int slot = _a.Slot;
            if (++Walked > _limit) Refuse(ViolationKind.TooComplex, $"{_limit:N0} instructions were walked and paths are left");
            if ((Walked & (ClockInterval - 1)) == 0) CheckBudget();
            _a.StepIsNoted = false;
            _a.State.LastSlot = _a.PreviousSlot;
            if ((marks[slot] & SlotMarks.PrunePoint) != 0 && _checkpoints.Visit(Walked, _jumps)) return;
            if (_a.PreviousSlot != slot - 1) NoteStep(_a, -1, 0, 0);
            _visits[slot]++;
            if (_kept is not null) (_kept[slot] ??= []).Add(_a.Pool.Copy(_a.State));
            if (program.Flaws is { } flaws && flaws[slot] is { } flaw) throw new VerifierStop(flaw);
            OpcodeInfo row = program.Rows[slot]!;
            if (row.Class is InstructionClass.Jmp or InstructionClass.Jmp32) _jumps++;
            int next = Step.Do(_a, slot, row);
            _a.PreviousSlot = slot;
            if (next < 0) return;
            _a.Slot = next;
        }
    }

    private void CheckBudget()
    {
        if (Stopwatch.GetElapsedTime(_started) > _budget.Time) Refuse(ViolationKind.BudgetSpent, $"{_budget.Time.TotalSeconds:0.#} s were spent and paths are left");
        if (_a.Pool.Live > _budget.States) Refuse(ViolationKind.BudgetSpent, $"{_budget.States:N0} states are kept and paths are left");
        if (GC.GetTotalMemory(false) > _budget.Memory + BaseMemory) Refuse(ViolationKind.BudgetSpent, $"{_budget.Memory >> 20:N0} MiB are in use and paths are left");
    }

    private long BaseMemory { get; } = GC.GetTotalMemory(false);

    private void Refuse(ViolationKind kind, string sentence) => _a.Refuse(kind, -1, sentence);
}
