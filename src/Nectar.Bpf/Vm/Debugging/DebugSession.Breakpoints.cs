// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>Where and when to stop.</summary>
public sealed partial class DebugSession
{
    /// <summary>Breakpoints and watchpoints in the order of their numbers.</summary>
    public IReadOnlyList<Breakpoint> Breakpoints => _debuggee.Breakpoints.All;

    /// <summary>
    /// Sets a breakpoint. A place is <c>*12</c> (an instruction of the current program, or <c>PROGRAM*12</c>), a function, <c>FILE:LINE</c>,
    /// a line of the current file, or the name of a helper, for all its calls.
    /// </summary>
    /// <param name="place">The place.</param>
    /// <param name="condition">Stops only where this is not 0; null for always.</param>
    /// <param name="isTemporary">True if the first stop removes it.</param>
    /// <exception cref="DebugException">There is no such place (NEC5105), or the condition cannot be read.</exception>
    public Breakpoint AddBreakpoint(string place, string? condition = null, bool isTemporary = false)
    {
        ArgumentNullException.ThrowIfNull(place);
        Expression? parsed = condition is null ? null : Expression.Parse(condition, Target.Source.Types);
        (List<CodePlace> places, bool moved) = FindPlaces(place.Trim());
        return Add(new Breakpoint(_debuggee.Breakpoints.NextNumber(), place.Trim()) { Places = places, Condition = condition, Parsed = parsed, IsTemporary = isTemporary, IsMoved = moved });
    }

    /// <summary>Sets a breakpoint at instructions.</summary>
    public Breakpoint AddBreakpoint(IReadOnlyList<CodePlace> places, string text, string? condition = null)
    {
        Expression? parsed = condition is null ? null : Expression.Parse(condition, Target.Source.Types);
        return Add(new Breakpoint(_debuggee.Breakpoints.NextNumber(), text) { Places = places, Condition = condition, Parsed = parsed });
    }

    /// <summary>Stops when the value of an expression is another one than an instruction before.</summary>
    public Breakpoint AddWatchpoint(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        Expression watched = Expression.Parse(expression, Target.Source.Types);
        _ = watched.Evaluate(_scope); // what has no value here is a mistake more likely than a plan
        return Add(new Breakpoint(_debuggee.Breakpoints.NextNumber(), expression) { Watched = watched });
    }

    /// <summary>Removes a breakpoint or watchpoint.</summary>
    /// <exception cref="DebugException">There is none with that number (NEC5106).</exception>
    public void RemoveBreakpoint(int number)
    {
        if (!_debuggee.Breakpoints.Remove(number)) throw NoBreakpoint(number);
    }

    /// <summary>The breakpoint or watchpoint with a number.</summary>
    public Breakpoint FindBreakpoint(int number) => Breakpoints.FirstOrDefault(b => b.Number == number) ?? throw NoBreakpoint(number);

    /// <summary>Sets or, with null, removes a condition.</summary>
    public void SetCondition(Breakpoint breakpoint, string? condition)
    {
        ArgumentNullException.ThrowIfNull(breakpoint);
        breakpoint.Parsed = condition is null ? null : Expression.Parse(condition, Target.Source.Types);
        breakpoint.Condition = condition;
    }

    /// <summary>
    /// The instructions at which a source line begins, in all programs; where the line has no code, those of the next line that has. Files
    /// match by their last parts, so that <c>prog.c</c> finds <c>/src/prog.c</c>.
    /// </summary>
    /// <returns>The instructions, and the line that they belong to; none if the file has no code there or behind.</returns>
    public (IReadOnlyList<CodePlace> Places, int Line) FindLine(string file, int line)
    {
        ArgumentNullException.ThrowIfNull(file);
        int best = int.MaxValue;
        foreach (DebugProgram program in Programs)
        {
            foreach (LineInfo known in program.Lines)
            {
                if (known.Line >= line && known.Line < best && IsSameFile(known.File, file)) best = known.Line;
            }
        }

        List<CodePlace> places = [];
        foreach (DebugProgram program in Programs)
        {
            for (int i = 0; i < program.Lines.Count; i++)
            {
                LineInfo known = program.Lines[i];
                if (known.Line != best || !IsSameFile(known.File, file)) continue;
                // of the pieces of a line within one function only the first: the others belong to the same statement
                int number = i;
                places.AddRange(program.StartsOf(number).GroupBy(slot => program.FunctionAt(slot).Start).Select(pieces => new CodePlace(program, pieces.First())));
            }
        }

        return (places, best == int.MaxValue ? line : best);
    }

    /// <summary>The first instructions of the functions with a name, in all programs.</summary>
    public IReadOnlyList<CodePlace> FindFunction(string name) =>
        [.. from program in Programs from function in program.Linked.Functions where function.Name == name select new CodePlace(program, function.Start)];

    private static bool IsSameFile(string known, string asked)
    {
        string[] left = Parts(known), right = Parts(asked);
        int common = Math.Min(left.Length, right.Length);
        return common > 0 && left.AsSpan(left.Length - common).SequenceEqual(right.AsSpan(right.Length - common));

        static string[] Parts(string path) => [.. path.Split('/', '\\').Where(p => p is not ("" or "."))];
    }

    private Breakpoint Add(Breakpoint breakpoint)
    {
        _debuggee.Breakpoints.Add(breakpoint);
        return breakpoint;
    }

    private (List<CodePlace> Places, bool Moved) FindPlaces(string place)
    {
        DebugProgram current = IsAtInstruction ? _debuggee.Stepper.Program : EntryProgram;
        int star = place.IndexOf('*');
        if (star >= 0 && int.TryParse(place.AsSpan(star + 1), out int slot))
        {
            DebugProgram? program = star == 0 ? current : _debuggee.Stepper.Find(place[..star].Trim());
            if (program is null) throw NoPlace(place, $"there is no program '{place[..star].Trim()}'");
            if (!program.IsInstruction(slot)) throw NoPlace(place, $"'{program.Name}' has instructions 0 to {program.Linked.Instructions.Length - 1}{(slot > 0 && slot < program.Linked.Instructions.Length ? $", and {slot} is the second half of one" : "")}");
            return ([new CodePlace(program, slot)], false);
        }

        if (FindFunction(place) is { Count: > 0 } functions) return ([.. functions], false);
        int colon = place.LastIndexOf(':');
        string? file = colon > 0 ? place[..colon] : null;
        if (int.TryParse(place.AsSpan(colon + 1), out int line))
        {
            file ??= current.LineAt(IsAtInstruction ? _debuggee.Stepper.Slot : 0)?.File ?? current.Lines.FirstOrDefault().File;
            if (file is null) throw NoPlace(place, $"program '{current.Name}' has no source lines", $"help: *{line} is instruction {line}");
            (IReadOnlyList<CodePlace> places, int found) = FindLine(file, line);
            return places.Count > 0 ? ([.. places], found != line) : throw NoPlace(place, $"no code at or behind line {line} of '{file}'");
        }

        List<CodePlace> calls = CallsOf(place);
        if (calls.Count > 0) return (calls, false);
        throw NoPlace(place, $"'{place}' is no function, no helper that is called, and no line", $"note: functions: {string.Join(", ", Programs.SelectMany(p => p.Linked.Functions).Select(f => f.Name).Distinct())}");
    }

    private List<CodePlace> CallsOf(string helper)
    {
        List<CodePlace> calls = [];
        foreach (DebugProgram program in Programs)
        {
            for (int at = 0; at < program.Linked.Instructions.Length; at++)
            {
                if (program.IsInstruction(at) && CalledHelper(program, at) == helper) calls.Add(new CodePlace(program, at));
            }
        }

        return calls;
    }

    /// <summary>The helper or kernel function that an instruction calls; null for any other instruction.</summary>
    private static string? CalledHelper(DebugProgram program, int slot)
    {
        Instruction instruction = program.Linked.Instructions[slot];
        if (OpcodeTable.Find(instruction) is not { IsCall: true, Operation: not Operation.CallLocal } row) return null;
        foreach (Relocation relocation in program.Linked.Externs)
        {
            if (relocation.Instruction == slot) return relocation.Symbol;
        }

        return row.Operation == Operation.CallKfunc ? null : HelperNames.NameOf(instruction.Immediate) is { } name ? name.StartsWith("bpf_", StringComparison.Ordinal) ? name : "bpf_" + name : null;
    }

    private static DebugException NoPlace(string place, string why, params ReadOnlySpan<string> notes) => new(DebugCodes.NoPlace, $"no breakpoint at '{place}': {why}", notes);

    private static DebugException NoBreakpoint(int number) => new(DebugCodes.NoNumber, $"there is no breakpoint {number}", "help: info breakpoints");
}
