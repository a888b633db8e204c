// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>The breakpoints, and the question that is asked before each instruction.</summary>
internal sealed class BreakpointTable(Stepper stepper)
{
    private readonly List<Breakpoint> _all = [];
    private readonly Dictionary<DebugProgram, bool[]> _slots = [];
    private DebugProgram? _lastProgram;
    private bool[]? _lastSlots;
    private int _number;

    internal IReadOnlyList<Breakpoint> All => _all;

    /// <summary>What expressions are evaluated in.</summary>
    internal DebugScope Scope { get; set; } = null!;

    /// <summary>The watched values; null if nothing is watched.</summary>
    internal Watching? Watching { get; private set; }

    internal int NextNumber() => ++_number;

    internal void Add(Breakpoint breakpoint)
    {
        _all.Add(breakpoint);
        Change();
    }

    internal bool Remove(int number)
    {
        bool removed = _all.RemoveAll(b => b.Number == number) > 0;
        Change();
        return removed;
    }

    /// <summary>Takes over what has changed.</summary>
    internal void Change()
    {
        _slots.Clear();
        _lastProgram = null;
        _lastSlots = null;
        foreach (CodePlace place in _all.SelectMany(b => b.Places))
        {
            if (!_slots.TryGetValue(place.Program, out bool[]? slots)) _slots.Add(place.Program, slots = new bool[place.Program.Linked.Instructions.Length]);
            slots[place.Slot] = true;
        }

        Rebase();
    }

    /// <summary>Takes the values that are there now as those that have not changed.</summary>
    internal void Rebase() => Watching = _all.Exists(b => b.IsWatch) ? StartWatching() : null;

    internal Watching StartWatching() => new(_all, Scope);

    /// <summary>The stop at a breakpoint, if there is one here that counts.</summary>
    internal DebugStop? Hit(Stepper at, bool counts)
    {
        if (_slots.Count == 0) return null;
        if (at.Program != _lastProgram)
        {
            _lastProgram = at.Program;
            _lastSlots = _slots.GetValueOrDefault(at.Program);
        }

        if (_lastSlots is null || !_lastSlots[at.Slot]) return null;
        CodePlace here = new(at.Program, at.Slot);
        foreach (Breakpoint breakpoint in _all)
        {
            if (!breakpoint.IsEnabled || !breakpoint.Places.Contains(here)) continue;
            Diagnostic? problem = null;
            try
            {
                if (breakpoint.Parsed is { } condition && !condition.Evaluate(Scope).IsTrue) continue;
            }
            catch (DebugException wrong)
            {
                problem = wrong.Diagnostics[0]; // a condition that cannot be asked is a reason to look
            }

            if (counts)
            {
                breakpoint.Hits++;
                if (breakpoint.Ignore > 0)
                {
                    breakpoint.Ignore--;
                    continue;
                }

                if (breakpoint.IsTemporary) Remove(breakpoint.Number);
            }

            return new DebugStop(DebugStopReason.Breakpoint, 0, stepper.Step) { Breakpoint = breakpoint, Problem = problem };
        }

        return null;
    }
}

/// <summary>The values of watched expressions as they were.</summary>
internal sealed class Watching
{
    private readonly DebugScope _scope;
    private readonly List<(Breakpoint Breakpoint, string Value)> _values = [];

    internal Watching(IEnumerable<Breakpoint> all, DebugScope scope)
    {
        _scope = scope;
        foreach (Breakpoint breakpoint in all)
        {
            if (breakpoint.IsWatch) _values.Add((breakpoint, Value(breakpoint)));
        }
    }

    /// <summary>The stop if a value is another one now.</summary>
    internal DebugStop? Look(Stepper at, bool counts)
    {
        DebugStop? stop = null;
        for (int i = 0; i < _values.Count; i++)
        {
            (Breakpoint breakpoint, string old) = _values[i];
            if (!breakpoint.IsEnabled) continue;
            string now = Value(breakpoint);
            if (now == old) continue;
            _values[i] = (breakpoint, now);
            if (counts) breakpoint.Hits++;
            stop ??= new DebugStop(DebugStopReason.Watchpoint, 0, at.Step) { Breakpoint = breakpoint, OldValue = old, NewValue = now };
        }

        return stop;
    }

    private string Value(Breakpoint breakpoint)
    {
        try
        {
            return _scope.Format(breakpoint.Watched!.Evaluate(_scope));
        }
        catch (DebugException problem)
        {
            return $"<{problem.Diagnostics[0].Message}>";
        }
    }
}
