// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Debugging.Terminal;

namespace Nectar.Debugging.Dap;

/// <summary>A program that an editor debugs: motion, and what is told to the editor about it.</summary>
internal sealed partial class DapSession : IDisposable
{
    private readonly DapServer _server;
    private readonly DapConnection _connection;
    private readonly DapLaunch _launch;
    private readonly DebugSession _session;
    private readonly DapBreakpointList _breakpoints;
    private readonly VariableTable _variables;
    private readonly SourceFiles _sources;
    private readonly List<string> _files = [];
    private readonly Dictionary<string, Action<Request>> _handlers;
    private bool _stopsAtFaults = true;
    private volatile bool _isInterruptible;

    internal DapSession(DapServer server, DapConnection connection, DebugTarget target, DapLaunch launch)
    {
        _server = server;
        _connection = connection;
        _launch = launch;
        _session = new DebugSession(target);
        _session.Knowledge = new VerifierKnowledge(target).Find;
        _session.Trace = line => Output("stdout", line);
        List<string> folders = [.. launch.Sources];
        if (Path.GetDirectoryName(Path.GetFullPath(launch.Object)) is { } beside) folders.Add(beside);
        _sources = new SourceFiles(_session, folders);
        _breakpoints = new DapBreakpointList(_session, SourceOf);
        _variables = new VariableTable(_session);
        _handlers = Handlers();
    }

    /// <summary>The requests that need a program.</summary>
    internal static IReadOnlySet<string> Commands { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "configurationDone", "setBreakpoints", "setFunctionBreakpoints", "setInstructionBreakpoints", "setDataBreakpoints", "setExceptionBreakpoints", "dataBreakpointInfo",
        "breakpointLocations", "threads", "stackTrace", "scopes", "variables", "setVariable", "setExpression", "evaluate", "source", "disassemble", "readMemory", "writeMemory",
        "exceptionInfo", "continue", "next", "stepIn", "stepOut", "stepBack", "reverseContinue", "pause", "restart",
    };

    /// <summary>Carries out a request; false if it is none that this knows.</summary>
    internal bool Handle(Request request)
    {
        if (!_handlers.TryGetValue(request.Command, out Action<Request>? handler)) return false;
        handler(request);
        return true;
    }

    internal void Pause() => _session.Pause();

    /// <summary>A request waits: a program that runs freely stands still for it and goes on.</summary>
    internal void Interrupt()
    {
        if (_isInterruptible) _session.Pause();
    }

    public void Dispose() => _session.Dispose();

    private Dictionary<string, Action<Request>> Handlers() => new(StringComparer.Ordinal)
    {
        ["configurationDone"] = Begin,
        ["restart"] = request =>
        {
            _session.Start(0);
            Begin(request);
        },
        ["continue"] = request => Go(request, _session.Continue, isFree: true, new DapContinued()),
        ["next"] = request => Go(request, () => IsInstruction(request) ? _session.StepInstruction(over: true) : _session.StepLine(over: true)),
        ["stepIn"] = request => Go(request, () => IsInstruction(request) ? _session.StepInstruction() : _session.StepLine()),
        ["stepOut"] = request => Go(request, _session.StepOut),
        ["stepBack"] = request => Go(request, () => IsInstruction(request) ? _session.ReverseInstruction(over: true) : _session.ReverseLine(over: true)),
        ["reverseContinue"] = request => Go(request, _session.ReverseContinue),
        ["pause"] = request => _server.Respond(request),
        ["threads"] = request => _server.Respond(request, new DapThreads([new DapThread(1, RunName(_session.Stop.Run))]), DapJson.Default.DapThreads),
        ["setBreakpoints"] = request => _server.Respond(request, new DapBreakpoints(_breakpoints.SetLines(request.Arguments)), DapJson.Default.DapBreakpoints),
        ["setFunctionBreakpoints"] = request => _server.Respond(request, new DapBreakpoints(_breakpoints.SetFunctions(request.Arguments)), DapJson.Default.DapBreakpoints),
        ["setInstructionBreakpoints"] = request => _server.Respond(request, new DapBreakpoints(_breakpoints.SetInstructions(request.Arguments)), DapJson.Default.DapBreakpoints),
        ["setDataBreakpoints"] = request => _server.Respond(request, new DapBreakpoints(_breakpoints.SetData(request.Arguments)), DapJson.Default.DapBreakpoints),
        ["setExceptionBreakpoints"] = request =>
        {
            _stopsAtFaults = request.Arguments.Texts("filters").Contains("fault");
            _server.Respond(request);
        },
        ["dataBreakpointInfo"] = DataInfo,
        ["breakpointLocations"] = BreakpointLocations,
        ["stackTrace"] = StackTrace,
        ["scopes"] = Scopes,
        ["variables"] = Variables,
        ["setVariable"] = SetVariable,
        ["setExpression"] = SetExpression,
        ["evaluate"] = Evaluate,
        ["source"] = Source,
        ["disassemble"] = Disassemble,
        ["readMemory"] = ReadMemory,
        ["writeMemory"] = WriteMemory,
        ["exceptionInfo"] = ExceptionInfo,
    };

    private static bool IsInstruction(Request request) => request.Arguments.Text("granularity") == "instruction";

    private void Begin(Request request)
    {
        _server.Respond(request);
        if (_launch.StopOnEntry && !_launch.NoDebug) Arrive(_session.Stop);
        else Move(_session.Continue, isFree: true);
    }

    private void Go(Request request, Func<DebugStop> motion, bool isFree = false, DapContinued? body = null)
    {
        if (body is null) _server.Respond(request);
        else _server.Respond(request, body, DapJson.Default.DapContinued);
        Move(motion, isFree);
    }

    private void Move(Func<DebugStop> motion, bool isFree)
    {
        _variables.Clear();
        DebugStop stop;
        try
        {
            // what has come in since is heard first; from here on the reader interrupts
            _session.CancelPause();
            _isInterruptible = isFree;
            if (isFree && _server.HasRequests) _session.Pause();
            stop = motion();
            while (IsPassing(stop))
            {
                WriteEnded(stop);
                if (stop.Reason == DebugStopReason.Pause && (_server.HandleWaiting() || _session.Stop != stop)) return;
                stop = _session.Continue();
            }
        }
        finally
        {
            _isInterruptible = false;
        }

        Arrive(stop);
    }

    /// <summary>True for stops that are none to the editor.</summary>
    private bool IsPassing(DebugStop stop) => stop.Reason switch
    {
        DebugStopReason.Pause => _isInterruptible && !_server.IsPauseAsked,
        DebugStopReason.Fault => !_stopsAtFaults || _launch.NoDebug,
        DebugStopReason.Breakpoint or DebugStopReason.Watchpoint => _launch.NoDebug,
        _ => false,
    };

    private void Arrive(DebugStop stop)
    {
        WriteEnded(stop);
        if (stop.Reason == DebugStopReason.RunEnded)
        {
            WriteVerdict(stop.Run, stop.Result!.Value, stop.Fault);
            if (stop.Run + 1 < _session.Target.Inputs.Count)
            {
                stop = _session.StepInstruction(); // to the next run's first instruction
            }
            else if (_launch.StopOnEnd)
            {
                _connection.Event("stopped", new DapStopped("end", "the last run is over", null, null), DapJson.Default.DapStopped);
                return;
            }
            else
            {
                _connection.Event("exited", new DapExited(stop.Fault is null ? 0 : 1), DapJson.Default.DapExited);
                _connection.Event("terminated");
                return;
            }
        }

        _server.TakePause();
        (string reason, string? description, string? text) = stop.Reason switch
        {
            DebugStopReason.Entry => ("entry", RunName(stop.Run), null),
            DebugStopReason.Breakpoint => (stop.Breakpoint!.Text.Contains('*', StringComparison.Ordinal) ? "instruction breakpoint" : _session.FindFunction(stop.Breakpoint.Text).Count > 0 ? "function breakpoint" : "breakpoint", stop.Breakpoint.Text, stop.Problem?.Message),
            DebugStopReason.Watchpoint => ("data breakpoint", $"{stop.Breakpoint!.Text} has changed", $"{stop.Breakpoint.Text}: {stop.OldValue} -> {stop.NewValue}"),
            DebugStopReason.Fault => ("exception", stop.Fault!.Diagnostic.Code.ToString(), stop.Fault.Message),
            DebugStopReason.Pause => ("pause", (string?)null, (string?)null),
            _ => ("step", null, null),
        };
        _connection.Event("stopped", new DapStopped(reason, description, text, stop.Breakpoint is { } hit ? [hit.Number] : null), DapJson.Default.DapStopped);
    }

    private void WriteEnded(DebugStop stop)
    {
        const int most = 20;
        foreach (DebugEnded ended in stop.Ended.Take(most)) WriteVerdict(ended.Run, ended.Value, ended.Fault);
        if (stop.Ended.Count > most) Output("console", $"… and {stop.Ended.Count - most} more");
    }

    private void WriteVerdict(int run, ulong value, VmFault? fault)
    {
        ProgramType type = _session.EntryProgram.Linked.Definition.Type;
        if (fault is not null) Output("stderr", fault.ToString());
        Output("console", fault is null ? $"{RunName(run)}: returned {ValueText.Verdict(type, value)}" : $"{RunName(run)}: ended by a fault");
    }

    private string RunName(int run) => _session.Target.Inputs.Count == 1 ? _session.EntryProgram.Name : $"packet {run + 1} of {_session.Target.Inputs.Count}";

    private void Output(string category, string line) => _connection.Event("output", new DapOutput(category, line + "\n"), DapJson.Default.DapOutput);

    private DapSource SourceOf(string file)
    {
        if (_sources.PathOf(file) is { } path) return new DapSource(Path.GetFileName(file), path);
        int index = _files.IndexOf(file);
        if (index < 0)
        {
            index = _files.Count;
            _files.Add(file);
        }

        return new DapSource(Path.GetFileName(file), null, index + 1);
    }
}
