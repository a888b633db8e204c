// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>Says where the program stands and why.</summary>
internal sealed class StopText(DebugTerminal terminal)
{
    private const int ListedRuns = 10;
    private (string Function, int Depth, int Run)? _last;
    private int _faulted = -1;

    private DebugSession Session => terminal.Session;

    internal void Write(DebugStop stop, bool asInstruction = false)
    {
        TextWriter output = terminal.Output;
        WriteEnded(stop);
        terminal.Code.Forget();
        if (stop.Run != _faulted) _faulted = -1;
        switch (stop.Reason)
        {
            case DebugStopReason.RunEnded:
                _last = null;
                if (stop.Fault is not null && stop.Run != _faulted) output.WriteLine(stop.Fault);
                output.WriteLine(Verdict(new DebugEnded(stop.Run, stop.Result!.Value, stop.Fault, stop.Result.Redirects)));
                return;
            case DebugStopReason.Entry:
                output.WriteLine($"{InputText(stop.Run)}:");
                _last = null;
                break;
            case DebugStopReason.Breakpoint:
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"breakpoint {stop.Breakpoint!.Number}{(stop.Breakpoint.Condition is { } condition ? $" ({condition})" : "")}:"));
                if (stop.Problem is { } problem) output.WriteLine(problem);
                _last = null;
                break;
            case DebugStopReason.Watchpoint:
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"watchpoint {stop.Breakpoint!.Number}: {stop.Breakpoint.Text}\n  was {stop.OldValue}\n  is  {stop.NewValue}"));
                break;
            case DebugStopReason.Fault:
                output.WriteLine(stop.Fault);
                _faulted = stop.Run;
                break;
            case DebugStopReason.Pause:
                output.WriteLine("paused:");
                _last = null;
                break;
        }

        WritePlace(asInstruction || stop.Reason == DebugStopReason.Fault);
        foreach ((int number, string format, string expression) in terminal.Displays)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number}: {expression} = {ValueText.TryFormat(Session, format, expression)}"));
    }

    /// <summary>The frame, if it is another one than before, and the line.</summary>
    internal void WritePlace(bool asInstruction, bool always = false)
    {
        DebugFrame frame = Session.Frame;
        (string, int, int) here = (frame.Function, Session.Frames.Count, Session.Stop.Run);
        if (always || _last != here) terminal.Output.WriteLine(FrameText(frame));
        _last = here;
        terminal.Code.WritePlace(frame, asInstruction);
    }

    /// <summary>A frame as backtrace shows it.</summary>
    internal static string FrameText(DebugFrame frame)
    {
        string arguments = string.Join(", ", frame.Arguments.Select(a => $"{a.Name}={a.Value}"));
        string place = frame.Line is { } line ? $" at {Path.GetFileName(line.File)}:{line.Line}" : "";
        string helper = frame.Helper is { } name ? $", in {name}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"#{frame.Index} {frame.Function} ({arguments}){place}, insn {frame.Slot}{helper}");
    }

    /// <summary>An input as people count them.</summary>
    internal string InputText(int run)
    {
        DebugInput input = Session.Target.Inputs[run];
        string what = Session.ContextName is "memory" or "" ? "run" : input.Bytes.Length > 0 ? "packet" : "run";
        string count = Session.Target.Inputs.Count > 1 ? $" {run + 1} of {Session.Target.Inputs.Count}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{what}{count}{(input.Bytes.Length > 0 ? $" ({input.Bytes.Length} bytes)" : "")}");
    }

    private string Verdict(DebugEnded ended)
    {
        if (ended.Fault is { } fault) return $"{InputText(ended.Run)}: ended by a fault ({fault.Message})";
        string redirects = string.Concat(ended.Redirects.Select(r => $", {r.Kind} redirect to {(r.Map is null ? $"interface {r.InterfaceIndex}" : $"{r.Map}[{r.Key}]")}"));
        return $"{InputText(ended.Run)}: returned {ValueText.Verdict(Session.EntryProgram.Linked.Definition.Type, ended.Value)}{redirects}";
    }

    private void WriteEnded(DebugStop stop)
    {
        if (stop.Ended.Count <= ListedRuns)
        {
            foreach (DebugEnded ended in stop.Ended) terminal.Output.WriteLine(Verdict(ended));
            return;
        }

        ProgramType type = Session.EntryProgram.Linked.Definition.Type;
        IEnumerable<string> counts = stop.Ended.GroupBy(e => e.Fault is null ? ValueText.Verdict(type, e.Value) : "a fault").OrderByDescending(g => g.Count())
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count():N0} x {g.Key}"));
        terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"packets {stop.Ended[0].Run + 1} to {stop.Ended[^1].Run + 1}: {string.Join(", ", counts)}"));
    }
}
