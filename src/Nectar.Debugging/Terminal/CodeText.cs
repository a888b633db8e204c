// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>Source lines and instructions around a place.</summary>
internal sealed class CodeText(DebugTerminal terminal)
{
    private const int Lines = 10;
    private (string File, int Line)? _next;

    private DebugSession Session => terminal.Session;

    /// <summary>The next listing begins where the program stands.</summary>
    internal void Forget() => _next = null;

    /// <summary>The line where a frame stands, or its instruction.</summary>
    internal void WritePlace(DebugFrame frame, bool asInstruction)
    {
        if (frame.Line is { } line) terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Line,5}  {Text(line)}"));
        if (asInstruction || frame.Line is null || !IsAtLine(frame)) terminal.Output.WriteLine(InstructionLine(frame.Program, frame.Slot, true));
    }

    /// <summary>Source lines: around a place, or the ones behind those before.</summary>
    internal void List(string place)
    {
        (string File, int Line)? start = place.Length > 0 ? Find(place) : _next;
        int offset = place.Length > 0 || _next is null ? -(Lines / 2) : 0;
        if (start is null)
        {
            DebugFrame frame = Session.Frame;
            if (frame.Line is not { } here)
            {
                Disassemble("");
                return;
            }

            start = (here.File, here.Line);
        }

        string[] text = terminal.Sources.Lines(start.Value.File);
        int first = Math.Max(1, start.Value.Line + offset), last = Math.Min(text.Length, first + Lines - 1);
        if (first > text.Length)
        {
            terminal.Output.WriteLine($"'{Path.GetFileName(start.Value.File)}' has {text.Length} lines");
            return;
        }

        LineInfo? current = Session.IsAtInstruction ? Session.Frame.Line : null;
        for (int line = first; line <= last; line++)
        {
            bool isHere = current is { } c && c.File == start.Value.File && c.Line == line;
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(isHere ? "=>" : "  ")} {line,4}  {text[line - 1].Replace("\t", "    ", StringComparison.Ordinal)}").TrimEnd());
        }

        _next = (start.Value.File, last + 1);
    }

    /// <summary>The instructions of a function with its source lines between them; around the current one if no function is named.</summary>
    internal void Disassemble(string function)
    {
        DebugProgram program;
        int first, last, here = -1;
        if (Session.IsAtInstruction)
        {
            program = Session.Frame.Program;
            here = Session.Frame.Slot;
        }
        else
        {
            program = Session.EntryProgram;
        }

        if (function.Length == 0)
        {
            LinkedFunction around = program.FunctionAt(Math.Max(0, here));
            (first, last) = (around.Start, around.End);
        }
        else
        {
            if (Session.FindFunction(function) is not [var place, ..]) throw new TerminalException(TerminalCodes.BadArgument, $"there is no function '{function}'", "help: info functions");
            if (place.Program != program) here = -1;
            program = place.Program;
            LinkedFunction named = program.FunctionAt(place.Slot);
            (first, last) = (named.Start, named.End);
        }

        LineInfo? shown = null;
        for (int slot = first; slot < last; slot++)
        {
            if (!program.IsInstruction(slot)) continue;
            if (program.LineAt(slot) is { } line && (shown?.Line != line.Line || shown?.File != line.File))
            {
                terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Line,5}  {Text(line)}"));
                shown = line;
            }

            terminal.Output.WriteLine(InstructionLine(program, slot, slot == here));
        }
    }

    internal string InstructionLine(DebugProgram program, int slot, bool isHere)
    {
        string mark = Session.Breakpoints.Any(b => b.IsEnabled && b.Places.Contains(new CodePlace(program, slot))) ? "*" : " ";
        return string.Create(CultureInfo.InvariantCulture, $"{(isHere ? "=>" : "  ")}{mark}{slot,4}: {Session.Disassemble(program, slot)}");
    }

    internal string Text(LineInfo line)
    {
        string text = terminal.Sources.Line(line.File, line.Line);
        return (text.Length > 0 ? text : line.Text).Trim();
    }

    private static bool IsAtLine(DebugFrame frame) => frame.Slot == 0 || frame.Program.LineAt(frame.Slot - 1) != frame.Line || frame.Program.FunctionAt(frame.Slot).Start == frame.Slot;

    private (string File, int Line) Find(string place)
    {
        if (Session.FindFunction(place) is [var function, ..] && function.Program.LineAt(function.Slot) is { } start) return (start.File, start.Line);
        int colon = place.LastIndexOf(':');
        if (!int.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int line)) throw new TerminalException(TerminalCodes.BadArgument, $"'{place}' is no function and no line", "help: list parse, list 20, list prog.c:20");
        string? file = colon > 0 ? Session.FindLine(place[..colon], 1).Places is [var first, ..] ? first.Program.LineAt(first.Slot)?.File : null : null;
        if (colon > 0 && file is null) throw new TerminalException(TerminalCodes.BadArgument, $"no code comes from '{place[..colon]}'");
        file ??= (Session.IsAtInstruction ? Session.Frame.Line?.File : null) ?? Session.EntryProgram.Lines.FirstOrDefault().File;
        return file is null ? throw new TerminalException(TerminalCodes.BadArgument, "the program has no source lines") : (file, line);
    }
}
