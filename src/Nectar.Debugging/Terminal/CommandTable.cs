// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Debugging.Terminal;

/// <summary>A command: its names, the first the full one, what may stand behind it, and what it does.</summary>
/// <param name="Names">Names; any beginning that fits one command only will do, too.</param>
/// <param name="Usage">What may stand behind.</param>
/// <param name="Help">One line.</param>
/// <param name="Action">What it does.</param>
/// <param name="Repeats">True if an empty line does it again.</param>
internal sealed record CommandRow(string[] Names, string Usage, string Help, Action<Words> Action, bool Repeats = false);

/// <summary>The commands.</summary>
internal sealed class CommandTable
{
    private readonly DebugTerminal _terminal;
    private readonly List<CommandRow> _rows = [];

    internal CommandTable(DebugTerminal terminal)
    {
        _terminal = terminal;
        _rows.AddRange(new MotionCommands(terminal).Rows);
        _rows.AddRange(new BreakpointCommands(terminal).Rows);
        _rows.AddRange(new LookCommands(terminal).Rows);
        InfoCommands info = new(terminal);
        _rows.Add(new(["info", "i"], "WHAT", $"Show {info.Topics}", words => info.Execute(words)));
        _rows.Add(new(["source"], "FILE", "Carry out the commands of a file", words => terminal.ExecuteFile(words.Rest("the name of a file"))));
        _rows.Add(new(["help", "h"], "[COMMAND]", "Show this list, or one command", Help));
        _rows.Add(new(["quit", "q", "exit"], "", "End", _ => terminal.IsOver = true));
    }

    /// <summary>Carries out a line; true if an empty line behind it does the same again.</summary>
    internal bool Execute(string line)
    {
        int end = 0;
        while (end < line.Length && (char.IsLetterOrDigit(line[end]) || line[end] == '-')) end++;
        CommandRow row = Find(line[..end], line);
        row.Action(new Words(row.Names[0], row.Usage, line[end..].Trim()));
        return row.Repeats;
    }

    private CommandRow Find(string name, string line)
    {
        if (name.Length == 0) throw new TerminalException(TerminalCodes.UnknownCommand, $"'{line}' is no command", "help: help lists the commands");
        foreach (CommandRow row in _rows)
        {
            if (row.Names.Contains(name)) return row;
        }

        CommandRow[] candidates = [.. _rows.Where(r => r.Names.Any(n => n.StartsWith(name, StringComparison.Ordinal)))];
        if (candidates.Length == 1) return candidates[0];
        throw candidates.Length == 0
            ? new TerminalException(TerminalCodes.UnknownCommand, $"'{name}' is no command", "help: help lists the commands")
            : new TerminalException(TerminalCodes.UnknownCommand, $"'{name}' may be {string.Join(", ", candidates.Select(c => c.Names[0]))}");
    }

    private void Help(Words words)
    {
        if (words.IsEmpty)
        {
            foreach (CommandRow row in _rows) _terminal.Output.WriteLine($"  {string.Join(", ", row.Names) + (row.Usage.Length > 0 ? " " + row.Usage : ""),-44} {row.Help}");
            return;
        }

        CommandRow found = Find(words.Next("a command"), "");
        _terminal.Output.WriteLine($"{string.Join(", ", found.Names)} {found.Usage}\n  {found.Help}");
    }
}
