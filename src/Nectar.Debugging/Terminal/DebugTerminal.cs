// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>A debugger that is spoken to in lines, with the commands of gdb.</summary>
public sealed class DebugTerminal
{
    private const int MaxScripts = 16;
    private readonly CommandTable _commands;
    private string _last = "";
    private int _scripts;

    /// <summary>Makes a terminal over a session.</summary>
    /// <param name="session">The session; the caller disposes it.</param>
    /// <param name="output">Where text goes.</param>
    /// <param name="sources">Folders in which source files are looked for.</param>
    public DebugTerminal(DebugSession session, TextWriter output, IReadOnlyList<string>? sources = null)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(output);
        Session = session;
        Output = output;
        Sources = new SourceFiles(session, sources ?? []);
        Code = new CodeText(this);
        Stops = new StopText(this);
        _commands = new CommandTable(this);
        session.Trace = line => output.WriteLine($"trace: {line}");
    }

    /// <summary>True if a command could not be carried out.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>What the prompt says.</summary>
    public static string Prompt => "(nectar) ";

    internal DebugSession Session { get; }

    internal TextWriter Output { get; }

    internal SourceFiles Sources { get; }

    internal CodeText Code { get; }

    internal StopText Stops { get; }

    /// <summary>What is shown at each stop.</summary>
    internal List<(int Number, string Format, string Expression)> Displays { get; } = [];

    /// <summary>True when the session is to end.</summary>
    public bool IsOver { get; internal set; }

    /// <summary>Says where the program stands.</summary>
    public void Greet() => Stops.Write(Session.Stop);

    /// <summary>Reads commands until the end of input or quit.</summary>
    /// <param name="input">Where commands come from.</param>
    /// <param name="isInteractive">True to ask with a prompt and to let an empty line repeat the last command; false to show each command before what it prints.</param>
    public void Run(TextReader input, bool isInteractive)
    {
        ArgumentNullException.ThrowIfNull(input);
        while (!IsOver)
        {
            if (isInteractive)
            {
                Output.Write(Prompt);
                Output.Flush();
            }

            if (input.ReadLine() is not { } line) break;
            if (!isInteractive && line.Trim() is { Length: > 0 } shown && !shown.StartsWith('#')) Output.WriteLine(Prompt + shown);
            if (isInteractive && line.Trim().Length == 0) line = _last;
            Execute(line);
        }

        if (isInteractive && !IsOver) Output.WriteLine();
    }

    /// <summary>Carries out one line; what is wrong with it is printed.</summary>
    /// <returns>False when the session is to end.</returns>
    public bool Execute(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        line = line.Trim();
        if (line.Length == 0 || line.StartsWith('#')) return !IsOver;
        try
        {
            _last = _commands.Execute(line) ? line : "";
        }
        catch (NectarException problem)
        {
            HasFailed = true;
            _last = "";
            foreach (Diagnostic diagnostic in problem.Diagnostics) Output.WriteLine(diagnostic);
        }

        return !IsOver;
    }

    /// <summary>Carries out the lines of a file.</summary>
    public void ExecuteFile(string path)
    {
        if (_scripts >= MaxScripts) throw new TerminalException(TerminalCodes.BadScript, $"'{path}': files of commands are nested deeper than {MaxScripts}");
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TerminalException(TerminalCodes.BadScript, problem.Message);
        }

        _scripts++;
        try
        {
            foreach (string line in lines)
            {
                if (IsOver) break;
                if (line.Trim() is { Length: > 0 } shown && !shown.StartsWith('#')) Output.WriteLine(Prompt + shown);
                Execute(line);
            }
        }
        finally
        {
            _scripts--;
        }
    }
}
