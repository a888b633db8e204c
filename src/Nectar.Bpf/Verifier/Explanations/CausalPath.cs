// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>Makes the events of an explanation: the lineage of what failed, the branches, and for lifetimes and regions the calls that begin and end them.</summary>
internal sealed class CausalPath
{
    /// <summary>The most events that an explanation has.</summary>
    internal const int MaxEvents = 64;

    // branches that tested other values say little; the last ones tell which way was taken
    private const int MaxOtherBranches = 8;

    private readonly ProgramText _program;
    private readonly ExecutedPath _path;
    private readonly List<(int Step, int Weight, CausalEvent Event)> _found = [];
    private readonly Dictionary<(CausalKind, int, bool), int> _index = [];

    private CausalPath(ProgramText program, ExecutedPath path) => (_program, _path) = (program, path);

    /// <summary>The events for a violation at the end of a path, in the order of execution, and how many were left out.</summary>
    internal static (ImmutableArray<CausalEvent> Events, int Omitted) Find(ProgramText program, IReadOnlyList<int> slots, ViolationCategory category, int register, int? stackOffset, int? frame, int? otherSlot)
    {
        if (slots.Count < 2) return ([], 0);
        ExecutedPath executed = new(program, slots);
        CausalPath path = new(program, executed);
        int depth = executed.Depths[^1];
        int registers = register is >= 0 and < 10 ? 1 << register : 0;
        // where arithmetic failed, the number that was added is as much to blame as the pointer
        if (registers != 0 && executed.RowAt(slots.Count - 1) is { Form: OperandForm.DstSrc }) registers |= 1 << executed.At(slots.Count - 1).Source;
        BackwardSlice slice = BackwardSlice.Walk(executed, registers, stackOffset, Math.Clamp(frame ?? depth, 0, depth));
        foreach (LineageStep step in slice.Steps) path.Add(step.Kind, step.Step, 3, path.Words(step), isTaken: false, step.Times);
        path.AddBranches(slice);
        if (category is ViolationCategory.ResourceLifetime or ViolationCategory.ExecutionContext || otherSlot is not null) path.AddRegions(otherSlot);
        return path.Take();
    }

    private (ImmutableArray<CausalEvent> Events, int Omitted) Take()
    {
        int others = 0;
        List<(int Step, int Weight, CausalEvent Event)> kept = [];
        foreach ((int Step, int Weight, CausalEvent Event) one in _found.OrderByDescending(one => one.Weight).ThenByDescending(one => one.Step))
        {
            if (kept.Count == MaxEvents) break;
            if (one.Weight == 0 && others++ >= MaxOtherBranches) break;
            kept.Add(one);
        }

        kept.Sort((a, b) => a.Step.CompareTo(b.Step));
        return ([.. kept.Select(one => one.Event)], _found.Count - kept.Count);
    }

    private void AddBranches(BackwardSlice slice)
    {
        for (int i = _path.Branches.Count - 1; i >= 0; i--)
        {
            (int step, int first, int second) = _path.Branches[i];
            if (step + 1 >= _path.Slots.Count || _path.At(step).Offset == 0) continue;
            bool isTaken = _path.IsTaken(step);
            bool isRelevant = slice.Origins.Contains(first) || slice.Origins.Contains(second);
            Add(CausalKind.Branch, step, isRelevant ? 2 : 0, $"{_program.Text(_path.Slots[step])}: {(isTaken ? "taken" : "not taken")}", isTaken, 1);
        }
    }

    private void AddRegions(int? otherSlot)
    {
        for (int step = _path.Slots.Count - 1; step >= 0; step--)
        {
            int slot = _path.Slots[step];
            if (_path.RowAt(step) is not { IsCall: true } row || CallName(step, row) is not { } name) continue;
            CausalKind? kind = slot == otherSlot ? RegionCalls.Find(name) ?? CausalKind.Acquire : RegionCalls.Find(name);
            if (kind is { } known) Add(known, step, slot == otherSlot ? 4 : 2, CallText(step, name), isTaken: false, 1);
        }
    }

    private void Add(CausalKind kind, int step, int weight, string text, bool isTaken, int times)
    {
        int slot = _path.Slots[step];
        if (_index.TryGetValue((kind, slot, isTaken), out int index))
        {
            (int Step, int Weight, CausalEvent Event) before = _found[index];
            _found[index] = (before.Step, Math.Max(before.Weight, weight), before.Event with { Times = before.Event.Times + times });
            return;
        }

        LineInfo? line = _program.Line(slot);
        _index.Add((kind, slot, isTaken), _found.Count);
        _found.Add((step, weight, new CausalEvent(kind, slot, line?.File, line?.Line ?? 0, text, times) { IsTaken = isTaken }));
    }

    private string Words(LineageStep step)
    {
        int slot = _path.Slots[step.Step];
        string code = _program.Text(slot);
        OpcodeInfo? row = _path.RowAt(step.Step);
        string? name = row is { IsCall: true } ? CallName(step.Step, row) : null;
        return step.Kind switch
        {
            CausalKind.Spill => $"{code}: saved to the stack{At(step.Step)}",
            CausalKind.Fill => $"{code}: loaded back from the stack{At(step.Step)}",
            CausalKind.Call => $"{CallText(step.Step, name ?? code)}: entered with r{step.Register}",
            CausalKind.Return => $"returned by {_program.Function(slot) ?? "the function"}",
            CausalKind.Forgotten => $"{name ?? code}: a call forgets r1 to r5, and so r{step.Register}",
            CausalKind.Origin when step.Register < 0 && name is not null => $"{CallText(step.Step, name)}: writes it",
            CausalKind.Origin when step.Register == 0 && name is not null => $"r0 = {CallText(step.Step, name)}",
            CausalKind.Origin when name is not null => $"{CallText(step.Step, name)}: passes r{step.Register} to its callback",
            _ => code,
        };
    }

    private string At(int step)
    {
        long address = _path.Addresses[step];
        if (address == ExecutedPath.NoAddress) return "";
        int frame = ExecutedPath.FrameOf(address);
        return frame == _path.Depths[step] ? $" at {ExecutedPath.OffsetOf(address)}" : $" of its caller at {ExecutedPath.OffsetOf(address)}";
    }

    private string? CallName(int step, OpcodeInfo row)
    {
        int slot = _path.Slots[step];
        Instruction call = _path.At(step);
        return row.Operation switch
        {
            Operation.CallHelper => HelperNames.NameOf(call.Immediate),
            Operation.CallLocal => _program.Function(slot + 1 + call.Immediate) ?? _program.Symbol(slot) ?? $"the function at insn {slot + 1 + call.Immediate}",
            Operation.CallKfunc => _program.Symbol(slot) ?? $"kernel function {call.Immediate}",
            _ => null,
        };
    }

    /// <summary>A call with what is known about its arguments: <c>bpf_map_lookup_elem(map 'starts', fp-4)</c>.</summary>
    private string CallText(int step, string name)
    {
        if (!_path.Arguments.TryGetValue(step, out PathValue[]? values)) return name;
        Instruction call = _path.At(step);
        int count = call.Source == 0 && HelperTable.Find(call.Immediate) is { } helper ? helper.Arguments.Count : CountKnown(values);
        return count == 0 ? name + "()" : $"{name}({string.Join(", ", Enumerable.Range(0, Math.Min(count, 5)).Select(i => Argument(values[i], i + 1)))})";
    }

    private static int CountKnown(PathValue[] values)
    {
        int count = values.Length;
        while (count > 0 && values[count - 1] is { Kind: PathValueKind.Unknown, Origin: -1 }) count--;
        return count;
    }

    private string Argument(PathValue value, int register) => value.Kind switch
    {
        PathValueKind.Number => $"{value.Number}",
        PathValueKind.Stack => value.Number == 0 ? "fp" : $"fp{value.Number:+0;-0}",
        PathValueKind.Context => "ctx",
        PathValueKind.Named => _program.Symbol((int)value.Number) ?? $"r{register}",
        _ => $"r{register}",
    };
}
