// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>What <c>info</c> shows.</summary>
internal sealed class InfoCommands
{
    private const int Elements = 20;
    private readonly DebugTerminal _terminal;
    private readonly (string Name, Action<Words> Action)[] _topics;

    internal InfoCommands(DebugTerminal terminal)
    {
        _terminal = terminal;
        _topics =
        [
            ("registers", Registers), ("stack", _ => Stack()), ("maps", Maps), ("breakpoints", _ => Breakpoints()), ("context", _ => Context()), ("packet", _ => Packet()),
            ("globals", _ => Globals()), ("frame", _ => Frame()), ("functions", _ => Functions()), ("programs", _ => Programs()), ("events", _ => Events()), ("position", _ => Position()), ("display", _ => Displays()),
        ];
    }

    internal string Topics => string.Join(", ", _topics.Select(t => t.Name));

    private DebugSession Session => _terminal.Session;

    private TextWriter Output => _terminal.Output;

    internal void Execute(Words words)
    {
        string name = words.Next($"what: {Topics}");
        (string Name, Action<Words> Action)[] found = [.. _topics.Where(t => t.Name == name)];
        if (found.Length == 0) found = [.. _topics.Where(t => t.Name.StartsWith(name, StringComparison.Ordinal))];
        if (found.Length == 0) throw words.Wrong($"'{name}' is nothing to show: {Topics}");
        found[0].Action(words);
    }

    private void Registers(Words words)
    {
        string only = words.RestOrEmpty();
        bool isRaw = only == "raw";
        DebugFrame frame = Session.Frame;
        for (int r = 0; r <= 10; r++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"r{r}");
            if (only.Length > 0 && !isRaw && only != name) continue;
            string value = frame.Registers[r] is not { } bits ? "(not known in a caller)" : isRaw ? $"0x{bits:x16}  {Session.NameOf(bits)}" : Session.NameOf(bits);
            string? known = Session.Knowledge?.Invoke(frame.Program, frame.Slot, r, frame.Registers[r]);
            Output.WriteLine(known is null ? $"{name,-4} {value}" : $"{name,-4} {value,-28} {known}");
        }

        if (only.Length == 0 || isRaw) Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"pc   {frame.Slot}"));
    }

    private void Stack()
    {
        DebugFrame frame = Session.Frame;
        byte[] bytes = new byte[512];
        if (Session.Read(frame.FramePointer - 512, bytes) < 512) return;
        int first = bytes.AsSpan().IndexOfAnyExcept((byte)0) / 8 * 8;
        if (first < 0 || !bytes.AsSpan().ContainsAnyExcept((byte)0))
        {
            Output.WriteLine($"the frame of {frame.Function} is all zero");
            return;
        }

        for (int at = first; at < 512; at += 8)
        {
            ulong word = BitConverter.ToUInt64(bytes, at);
            if (word == 0 && at > first && BitConverter.ToUInt64(bytes, at - 8) == 0) continue; // of a run of zeros the first line will do
            Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"r10-{512 - at,-4} {Convert.ToHexStringLower(bytes, at, 8)}  {Session.NameOf(word)}"));
        }
    }

    private void Maps(Words words)
    {
        string only = words.RestOrEmpty();
        if (only.Length > 0 && Session.Maps.All(m => m.Name != only)) throw words.Wrong($"there is no map '{only}': {string.Join(", ", Session.Maps.Select(m => m.Name))}");
        foreach (BpfMap map in Session.Maps)
        {
            if (only.Length > 0 && map.Name != only) continue;
            if (!DebugSession.HasElements(map.Definition))
            {
                Output.WriteLine($"{map.Name} ({map.Definition.Type})");
                continue;
            }

            (IReadOnlyList<DebugVariable> elements, long count) = Session.Elements(map, only.Length > 0 ? int.MaxValue : Elements);
            string what = map.Definition.Type is MapType.Array or MapType.PerCpuArray ? "not zero" : "elements";
            Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{map.Name} ({map.Definition.Type}): {count} {what}"));
            foreach (DebugVariable element in elements) Output.WriteLine($"  {element.Name} = {element.Value}");
            if (count > elements.Count) Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  … {count - elements.Count} more: info maps {map.Name}"));
        }
    }

    private void Breakpoints()
    {
        if (Session.Breakpoints.Count == 0) Output.WriteLine("no breakpoints");
        bool several = Session.Programs.Count > 1;
        foreach (Breakpoint breakpoint in Session.Breakpoints)
        {
            string state = (breakpoint.IsEnabled ? "" : ", disabled") + (breakpoint.IsTemporary ? ", once" : "") + (breakpoint.Ignore > 0 ? $", ignored {breakpoint.Ignore} times yet" : "");
            string condition = breakpoint.Condition is null ? "" : $" if {breakpoint.Condition}";
            Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{breakpoint.Number,3} {(breakpoint.IsWatch ? "watch" : "break")} {breakpoint.Text}{condition}: hit {breakpoint.Hits} times{state}"));
            foreach (CodePlace place in breakpoint.Places) Output.WriteLine($"      {BreakpointCommands.PlaceText(place, several)}");
        }
    }

    private void Context()
    {
        foreach (DebugVariable field in Session.Context.Where(f => f.Size <= 64)) Output.WriteLine($"{field.Name,-20} {field.Value}");
    }

    private void Packet()
    {
        if (Session.Packet.IsEmpty) Output.WriteLine("there is none");
        ValueText.Dump(Session.Packet, Output);
    }

    private void Globals()
    {
        foreach (DebugVariable global in Session.Globals) Output.WriteLine($"{global.Name,-20} {global.Value}");
    }

    private void Frame()
    {
        DebugFrame frame = Session.Frame;
        Output.WriteLine(StopText.FrameText(frame));
        Output.WriteLine($"  program '{frame.Program.Name}'");
        foreach ((string name, string value) in frame.Arguments) Output.WriteLine($"  called with {name} = {value}");
    }

    private void Functions()
    {
        foreach (DebugProgram program in Session.Programs)
        {
            foreach (LinkedFunction function in program.Linked.Functions) Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{program.Name}*{function.Start,-5} {function.Name}"));
        }
    }

    private void Programs()
    {
        foreach (DebugProgram program in Session.Programs) Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{program.Name}: {program.Linked.Definition.Type}, {program.Linked.Instructions.Length} instructions{(program.HasLines ? "" : ", no source lines")}"));
    }

    private void Events()
    {
        if (Session.Events.Count == 0) Output.WriteLine("no records from the runs that are over");
        foreach (DebugEvent record in Session.Events.TakeLast(Elements)) Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"packet {record.Run + 1}: {record.Map}: {Convert.ToHexStringLower(record.Record)}"));
    }

    private void Position() => Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_terminal.Stops.InputText(Session.Stop.Run)}, step {Session.Stop.Step}"));

    private void Displays()
    {
        foreach ((int number, string format, string expression) in _terminal.Displays) Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number}: {(format.Length > 0 ? "/" + format + " " : "")}{expression}"));
    }
}
