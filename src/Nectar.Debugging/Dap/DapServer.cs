// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Dap;

/// <summary>
/// A debug adapter: speaks the Debug Adapter Protocol with one editor over two streams. One thread reads, so that a pause is heard while the
/// program runs; the caller's does everything else.
/// </summary>
public sealed class DapServer
{
    private readonly DapConnection _connection;
    private readonly Func<DapLaunch, DebugTarget> _load;
    private readonly BlockingCollection<Request> _requests = [];
    private readonly Dictionary<string, Action<Request>> _handlers = new(StringComparer.Ordinal);
    private volatile DapSession? _session;
    private volatile bool _pauseAsked, _isOver;
    private string? _broken;

    /// <summary>Makes an adapter.</summary>
    /// <param name="input">What the editor says.</param>
    /// <param name="output">What the adapter says.</param>
    /// <param name="load">Reads object and inputs; what it throws becomes the answer to the launch.</param>
    public DapServer(Stream input, Stream output, Func<DapLaunch, DebugTarget> load)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(load);
        _connection = new DapConnection(input, output);
        _load = load;
        AddHandlers();
    }

    /// <summary>Serves until the editor disconnects or the stream ends.</summary>
    /// <returns>Null, or why the stream could not be read on.</returns>
    public string? Run()
    {
        Thread reader = new(Read) { IsBackground = true, Name = "dap reader" };
        reader.Start();
        try
        {
            while (!_isOver && _requests.TryTake(out Request? request, Timeout.Infinite)) Handle(request);
        }
        catch (IOException)
        {
            // the editor has gone without a word
        }
        finally
        {
            _session?.Dispose();
        }

        return _broken;
    }

    /// <summary>True if requests wait.</summary>
    internal bool HasRequests => _requests.Count > 0;

    /// <summary>True if the editor wants the program to stand still.</summary>
    internal bool IsPauseAsked => _pauseAsked;

    /// <summary>The program stands still.</summary>
    internal void TakePause() => _pauseAsked = false;

    /// <summary>Handles what waits; true if the program's run is of no more interest.</summary>
    internal bool HandleWaiting()
    {
        while (!_isOver && _requests.TryTake(out Request? request)) Handle(request);
        return _isOver;
    }

    private void Read()
    {
        try
        {
            while (_connection.Read() is { } message)
            {
                Request request;
                try
                {
                    if (!Utf8.IsValid(message)) throw new JsonException("it is not UTF-8");
                    JsonElement root = JsonDocument.Parse(message).RootElement;
                    DapArguments fields = new(root);
                    request = new Request(fields.Number("seq"), fields.Text("command") ?? "", fields.Object("arguments"));
                    if (fields.Text("type") is not "request") continue; // answers to questions that this adapter does not ask
                }
                catch (JsonException problem)
                {
                    _connection.Refuse(0, "", $"the message is no JSON: {problem.Message}", 5120);
                    continue;
                }

                if (request.Command is "pause" or "disconnect" or "terminate")
                {
                    _pauseAsked = true;
                    _session?.Pause();
                }

                _requests.Add(request);
                _session?.Interrupt();
            }
        }
        catch (DapFramingException problem)
        {
            _broken = problem.Message;
        }
        catch (IOException)
        {
            // as at the end of the stream
        }

        _pauseAsked = true;
        _requests.CompleteAdding();
        _session?.Pause();
    }

    private void Handle(Request request)
    {
        try
        {
            if (_handlers.TryGetValue(request.Command, out Action<Request>? handler)) handler(request);
            else if (_session is null) Refuse(request, DapProblem.IsKnown(request.Command) ? DapProblem.NotLaunched : DapProblem.Unknown(request.Command));
            else if (!_session.Handle(request)) Refuse(request, DapProblem.Unknown(request.Command));
        }
        catch (NectarException problem)
        {
            Refuse(request, problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException && _session is null)
        {
            Refuse(request, new DapProblem(DapProblem.Load, problem.Message));
        }
    }

    private void AddHandlers()
    {
        _handlers.Add("initialize", request => Respond(request, new DapCapabilities(), DapJson.Default.DapCapabilities));
        _handlers.Add("launch", Launch);
        _handlers.Add("attach", _ => throw new DapProblem(DapProblem.Load, "there is nothing to attach to: programs run in the debugger", "help: use a launch configuration"));
        _handlers.Add("disconnect", request =>
        {
            Respond(request);
            _isOver = true;
        });
        _handlers.Add("terminate", request =>
        {
            Respond(request);
            _pauseAsked = false;
            _connection.Event("terminated");
        });
        _handlers.Add("cancel", request => Respond(request));
    }

    private void Launch(Request request)
    {
        if (_session is not null) throw new DapProblem(DapProblem.Load, "a program is loaded already");
        DapArguments a = request.Arguments;
        DapLaunch launch = new()
        {
            Object = a.Text("object") ?? throw new DapProblem(DapProblem.Load, "launch: 'object' is missing", "help: \"object\": the path of an object or of assembly text"),
            Program = a.Text("program"),
            Pcap = a.Text("pcap"),
            Mem = a.List("mem"),
            Ctx = a.List("ctx"),
            Set = a.List("set"),
            Sources = a.List("sources"),
            StopOnEntry = a.Flag("stopOnEntry"),
            StopOnEnd = a.Flag("stopOnEnd"),
            NoDebug = a.Flag("noDebug"),
        };
        _session = new DapSession(this, _connection, _load(launch), launch);
        Respond(request);
        _connection.Event("initialized");
    }

    internal void Respond(Request request) => _connection.Respond(request.Sequence, request.Command, null);

    internal void Respond<T>(Request request, T body, JsonTypeInfo<T> type) => _connection.Respond(request.Sequence, request.Command, json => JsonSerializer.Serialize(json, body, type));

    private void Refuse(Request request, NectarException problem)
    {
        Diagnostic first = problem.Diagnostics[0];
        string notes = string.Concat(first.Notes.Select(n => "\n" + n));
        _connection.Refuse(request.Sequence, request.Command, first.Message + notes, first.Code.Number);
    }
}

/// <summary>A request of an editor.</summary>
internal sealed record Request(int Sequence, string Command, DapArguments Arguments);

/// <summary>A request that cannot be carried out.</summary>
internal sealed class DapProblem(DiagnosticCode code, string message, params string[] notes) : NectarException(Diagnostic.Error(code, message, notes))
{
    /// <summary>A message that is no request of the protocol, or that this adapter does not carry out.</summary>
    internal static readonly DiagnosticCode Protocol = new(5120);

    /// <summary>What is to be debugged cannot be loaded.</summary>
    internal static readonly DiagnosticCode Load = new(5121);

    /// <summary>A number of a frame, a variable or a source that means nothing any more.</summary>
    internal static readonly DiagnosticCode Stale = new(5122);

    internal static DapProblem NotLaunched => new(Protocol, "no program is loaded: launch comes first");

    internal static DapProblem Unknown(string command) => new(Protocol, $"'{command}' is no request that this adapter knows");

    /// <summary>True for requests that need a program.</summary>
    internal static bool IsKnown(string command) => DapSession.Commands.Contains(command);
}
