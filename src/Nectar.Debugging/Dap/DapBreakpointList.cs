// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Dap;

/// <summary>Breakpoints as editors set them: for each source file, and for each other kind, all at once.</summary>
internal sealed class DapBreakpointList(DebugSession session, Func<string, DapSource> sourceOf)
{
    private readonly Dictionary<string, List<int>> _numbers = new(StringComparer.Ordinal);

    internal List<DapBreakpoint> SetLines(DapArguments arguments)
    {
        string path = arguments.Object("source").Text("path") ?? arguments.Object("source").Text("name") ?? "";
        return Replace("source " + path, arguments.Objects("breakpoints"), asked =>
        {
            int line = asked.Number("line");
            (IReadOnlyList<CodePlace> places, int found) = session.FindLine(path, line);
            if (places.Count == 0) return (null, new DapBreakpoint(null, false, "no code of the loaded programs comes from this line or a later one", null, line));
            Breakpoint set = session.AddBreakpoint(places, string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}:{found}"), asked.Text("condition"));
            return (set, Describe(set, found == line ? null : $"there is no code at line {line}; it is the next line that has"));
        });
    }

    internal List<DapBreakpoint> SetFunctions(DapArguments arguments) => Replace("functions", arguments.Objects("breakpoints"), asked =>
    {
        Breakpoint set = session.AddBreakpoint(asked.Text("name") ?? "", asked.Text("condition"));
        return (set, Describe(set, null));
    });

    internal List<DapBreakpoint> SetInstructions(DapArguments arguments) => Replace("instructions", arguments.Objects("breakpoints"), asked =>
    {
        ulong? address = CodeAddress.Parse(asked.Text("instructionReference"));
        if (address is null || CodeAddress.Find(session, address.Value + (ulong)(long)asked.Number("offset")) is not var (program, slot) || !program.IsInstruction(slot))
            return (null, new DapBreakpoint(null, false, "there is no instruction"));
        Breakpoint set = session.AddBreakpoint([new CodePlace(program, slot)], string.Create(CultureInfo.InvariantCulture, $"{program.Name}*{slot}"), asked.Text("condition"));
        return (set, Describe(set, null));
    });

    internal List<DapBreakpoint> SetData(DapArguments arguments) => Replace("data", arguments.Objects("breakpoints"), asked =>
    {
        Breakpoint set = session.AddWatchpoint(asked.Text("dataId") ?? "");
        return (set, new DapBreakpoint(set.Number, true));
    });

    private List<DapBreakpoint> Replace(string key, IEnumerable<DapArguments> asked, Func<DapArguments, (Breakpoint?, DapBreakpoint)> set)
    {
        if (_numbers.Remove(key, out List<int>? old))
        {
            foreach (int number in old)
            {
                if (session.Breakpoints.Any(b => b.Number == number)) session.RemoveBreakpoint(number);
            }
        }

        List<int> numbers = _numbers[key] = [];
        List<DapBreakpoint> answers = [];
        foreach (DapArguments one in asked)
        {
            try
            {
                string? hits = one.Text("hitCondition");
                int count = 0;
                if (!string.IsNullOrWhiteSpace(hits) && !(int.TryParse(hits, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out count) && count > 0))
                {
                    answers.Add(new DapBreakpoint(null, false, $"'{hits}' is no count of hits", null, one.Number("line", 0) is var at and > 0 ? at : null));
                    continue;
                }

                (Breakpoint? breakpoint, DapBreakpoint answer) = set(one);
                answers.Add(answer);
                if (breakpoint is null) continue;
                numbers.Add(breakpoint.Number);
                breakpoint.Ignore = Math.Max(0, count - 1);
            }
            catch (NectarException problem)
            {
                answers.Add(new DapBreakpoint(null, false, problem.Diagnostics[0].Message));
            }
        }

        return answers;
    }

    private DapBreakpoint Describe(Breakpoint set, string? message)
    {
        CodePlace place = set.Places[0];
        LineInfo? line = place.Program.LineAt(place.Slot);
        return new DapBreakpoint(set.Number, true, message, line is { } l ? sourceOf(l.File) : null, line?.Line, CodeAddress.Format(session, place.Program, place.Slot));
    }
}
