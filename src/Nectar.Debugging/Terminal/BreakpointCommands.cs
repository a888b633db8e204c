// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>Commands about breakpoints and watchpoints.</summary>
internal sealed class BreakpointCommands
{
    private readonly DebugTerminal _terminal;

    internal BreakpointCommands(DebugTerminal terminal)
    {
        _terminal = terminal;
        Rows =
        [
            new(["break", "b"], "[PLACE] [if CONDITION]", "Stop at a function, FILE:LINE, LINE, *INSTRUCTION, or at calls of a helper", words => Add(words, false)),
            new(["tbreak", "tb"], "[PLACE] [if CONDITION]", "Stop there once", words => Add(words, true)),
            new(["watch"], "EXPRESSION", "Stop when a value changes", Watch),
            new(["delete", "d"], "[NUMBER…]", "Remove breakpoints; without numbers all of them", Delete),
            new(["enable"], "[NUMBER…]", "Let breakpoints stop the program again", words => Enable(words, true)),
            new(["disable"], "[NUMBER…]", "Keep breakpoints, but do not stop", words => Enable(words, false)),
            new(["condition"], "NUMBER [CONDITION]", "Stop only where an expression is not 0; without one always", Condition),
            new(["ignore"], "NUMBER COUNT", "Do not stop the next COUNT times", Ignore),
        ];
    }

    internal IReadOnlyList<CommandRow> Rows { get; }

    private DebugSession Session => _terminal.Session;

    internal static string PlaceText(CodePlace place, bool withProgram) => place.Program.LineAt(place.Slot) is { } line
        ? string.Create(CultureInfo.InvariantCulture, $"{place.Program.FunctionAt(place.Slot).Name} at {Path.GetFileName(line.File)}:{line.Line}, {(withProgram ? place.Program.Name : "insn ")}{(withProgram ? "*" : "")}{place.Slot}")
        : string.Create(CultureInfo.InvariantCulture, $"{place.Program.FunctionAt(place.Slot).Name}, {(withProgram ? place.Program.Name + "*" : "insn ")}{place.Slot}");

    private void Add(Words words, bool isTemporary)
    {
        string text = words.RestOrEmpty();
        string? condition = null;
        int at = text.StartsWith("if ", StringComparison.Ordinal) ? 0 : text.IndexOf(" if ", StringComparison.Ordinal);
        if (at >= 0)
        {
            condition = text[(text.IndexOf("if ", at, StringComparison.Ordinal) + 3)..].Trim();
            text = text[..at];
        }

        if (text.Length == 0) text = string.Create(CultureInfo.InvariantCulture, $"{Session.Frame.Program.Name}*{Session.Frame.Slot}");
        Breakpoint added = Session.AddBreakpoint(text, condition, isTemporary);
        bool several = Session.Programs.Count > 1;
        string moved = added.IsMoved ? " (there is no code at that line)" : "";
        _terminal.Output.WriteLine($"breakpoint {added.Number}: {PlaceText(added.Places[0], several)}{(added.Places.Count > 1 ? $" and {added.Places.Count - 1} more" : "")}{moved}");
    }

    private void Watch(Words words)
    {
        Breakpoint added = Session.AddWatchpoint(words.Rest("an expression"));
        _terminal.Output.WriteLine($"watchpoint {added.Number}: {added.Text}");
    }

    private void Delete(Words words)
    {
        foreach (Breakpoint breakpoint in Named(words)) Session.RemoveBreakpoint(breakpoint.Number);
    }

    private void Enable(Words words, bool isEnabled)
    {
        foreach (Breakpoint breakpoint in Named(words)) breakpoint.IsEnabled = isEnabled;
    }

    private void Condition(Words words)
    {
        Breakpoint breakpoint = Session.FindBreakpoint(words.Number("the number of a breakpoint", 1));
        string condition = words.RestOrEmpty();
        Session.SetCondition(breakpoint, condition.Length > 0 ? condition : null);
    }

    private void Ignore(Words words)
    {
        Breakpoint breakpoint = Session.FindBreakpoint(words.Number("the number of a breakpoint", 1));
        breakpoint.Ignore = words.Number("a count", 0);
    }

    private List<Breakpoint> Named(Words words)
    {
        if (words.IsEmpty) return [.. Session.Breakpoints];
        List<Breakpoint> named = [];
        while (!words.IsEmpty) named.Add(Session.FindBreakpoint(words.Number("the number of a breakpoint", 1)));
        return named;
    }
}
