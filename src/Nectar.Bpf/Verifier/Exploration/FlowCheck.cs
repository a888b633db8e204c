// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>
/// Walks the control flow of each function once: every slot has to be reachable, and the places are marked where states are
/// compared. Finds on the way what functions do that their callers have to know.
/// </summary>
internal sealed class FlowCheck(VerifierInput input, Instruction[] code, OpcodeInfo?[] rows, SlotMarks[] marks, int[] starts, byte[] subprogramOf)
{
    private const int TailCall = 12;
    private readonly int _count = starts.Length - 1;
    private readonly List<int>[] _callees = [.. Enumerable.Range(0, starts.Length - 1).Select(_ => new List<int>())];

    internal bool[] HasTailCall { get; } = new bool[starts.Length - 1];

    internal bool[] HasPacketLoad { get; } = new bool[starts.Length - 1];

    internal bool[] ChangesPacket { get; } = new bool[starts.Length - 1];

    internal bool[] MaySleep { get; } = new bool[starts.Length - 1];

    internal void Run()
    {
        bool[] seen = new bool[code.Length];
        Stack<int> work = new();
        void Visit(int slot)
        {
            if (seen[slot]) return;
            seen[slot] = true;
            work.Push(slot);
        }

        // functions are reached by calls and as callbacks: all roots are walked, and those that nobody reaches are found below
        Visit(0);
        foreach (InputFunction function in input.Functions) Visit(function.Start);
        while (work.TryPop(out int at))
        {
            OpcodeInfo row = rows[at]!;
            int next = at + (row.Form == OperandForm.Wide ? 2 : 1);
            if (row.Operation == Operation.Exit) continue;
            if (row.IsJump) VisitJump(at, next, row, Visit);
            else
            {
                if (row.IsCall) VisitCall(at, next, row, Visit);
                if (row.Operation is Operation.LdAbs or Operation.LdInd) HasPacketLoad[subprogramOf[at]] = true;
                if (row.Operation == Operation.LdImm64 && (PseudoSource)code[at].Source == PseudoSource.Function)
                {
                    Visit(at + 1 + code[at].Immediate);
                    _callees[subprogramOf[at]].Add(subprogramOf[at + 1 + code[at].Immediate]);
                }

                Visit(next); // code behind bpf_throw counts as reachable
            }
        }

        for (int at = 0; at < code.Length; at++)
        {
            if (rows[at] is not null && !seen[at])
            {
                throw new VerifierStop(new Violation(ViolationKind.UnreachableCode, at, $"no path leads to instruction {at}"));
            }
        }

        CheckKfuncs();
        if (input.Functions.Count == 0) CheckAbnormalReturns();
        SpreadToCallers();
    }

    /// <summary>Calls of kernel functions are looked up also where no path leads.</summary>
    private void CheckKfuncs()
    {
        for (int at = 0; at < code.Length; at++)
        {
            if (rows[at] is not { Operation: Operation.CallKfunc } || code[at].Immediate == 0 || input.Kfuncs.ContainsKey(at)) continue;
            throw new VerifierStop(new Violation(ViolationKind.MissingKfunc, at, $"no kernel function has the BTF id {code[at].Immediate}"));
        }
    }

    /// <summary>Tail calls and packet loads end a function early with a value of their own: without types nobody knows that the function returns a number.</summary>
    private void CheckAbnormalReturns()
    {
        for (int i = 1; i < _count; i++)
        {
            if (HasPacketLoad[i]) throw new VerifierStop(new Violation(ViolationKind.PacketLoadPlace, starts[i], $"the function at slot {starts[i]} loads from the packet with an old instruction, and the program has no function types"));
            if (HasTailCall[i]) throw new VerifierStop(new Violation(ViolationKind.TailCallPlace, starts[i], $"the function at slot {starts[i]} makes a tail call, and the program has no function types"));
        }
    }

    private void VisitJump(int at, int next, OpcodeInfo row, Action<int> visit)
    {
        int target = at + 1 + (row.Form == OperandForm.JumpLong ? code[at].Immediate : code[at].Offset);
        marks[target] |= target <= at ? SlotMarks.PrunePoint | SlotMarks.LoopHead : SlotMarks.PrunePoint;
        if (row.IsConditionalJump)
        {
            marks[at] |= SlotMarks.PrunePoint;
            if (row.Operation == Operation.MayGoto) marks[at] |= SlotMarks.MayGoto | SlotMarks.ForcedCheckpoint;
            visit(next);
        }

        visit(target);
    }

    private void VisitCall(int at, int next, OpcodeInfo row, Action<int> visit)
    {
        if (next < code.Length) marks[next] |= SlotMarks.PrunePoint;
        int self = subprogramOf[at];
        switch (row.Operation)
        {
            case Operation.CallLocal:
                int target = at + 1 + code[at].Immediate;
                marks[at] |= SlotMarks.PrunePoint;
                _callees[self].Add(subprogramOf[target]);
                visit(target);
                break;
            case Operation.CallHelper:
                int helper = code[at].Immediate;
                if (helper == TailCall) HasTailCall[self] = true;
                Mark(at, CallKinds.OfHelper(helper), self);
                break;
            case Operation.CallKfunc:
                Mark(at, CallKinds.OfKfunc(input.Kfuncs.GetValueOrDefault(at) ?? ""), self);
                break;
        }
    }

    private void Mark(int at, CallKind kind, int self)
    {
        if ((kind & CallKind.ChangesPacket) != 0) ChangesPacket[self] = true;
        if ((kind & CallKind.MaySleep) != 0) MaySleep[self] = true;
        if ((kind & CallKind.CallsBack) != 0) marks[at] |= SlotMarks.PrunePoint | SlotMarks.ForcedCheckpoint | SlotMarks.CallsBack;
        if ((kind & CallKind.CallsBackLater) != 0) marks[at] |= SlotMarks.PrunePoint;
        if ((kind & CallKind.IteratorNext) != 0) marks[at] |= SlotMarks.PrunePoint | SlotMarks.ForcedCheckpoint | SlotMarks.IteratorNext;
    }

    private void SpreadToCallers()
    {
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = 0; i < _count; i++)
            {
                foreach (int callee in _callees[i])
                {
                    changed |= Spread(HasTailCall, i, callee) | Spread(ChangesPacket, i, callee) | Spread(MaySleep, i, callee);
                }
            }
        }
    }

    private static bool Spread(bool[] facts, int caller, int callee)
    {
        if (facts[caller] || !facts[callee]) return false;
        return facts[caller] = true;
    }
}
