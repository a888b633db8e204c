// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Planning.Objects;
using Nectar.Trace.Probes;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Runtime.Processes;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime;

/// <summary>
/// A script that runs: its events as they come, its maps at any time. Needs root, or CAP_BPF and CAP_PERFMON. Disposing it ends it;
/// if the process ends without that, the kernel takes all hooks away.
/// </summary>
/// <example>
/// <code>
/// using TraceSession session = TraceSession.Start("tracepoint:sched:sched_process_exec { printf(\"%d %s\\n\", pid, comm); @[comm] = count(); }");
/// await foreach (TraceEvent e in session.ReadAllAsync(stop.Token))
///     if (e is PrintEvent print) Console.Write(print.Text);
/// foreach ((TraceValue key, TraceValue value) in session.ReadMap("@").Entries) Console.WriteLine($"{key}: {value}");
/// </code>
/// </example>
public sealed class TraceSession : IDisposable
{
    private readonly TraceRun _run;
    private readonly Channel<TraceEvent> _events;
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TraceSession(TracePlan plan, SessionSettings settings, int capacity)
    {
        _events = Channel.CreateBounded<TraceEvent>(new BoundedChannelOptions(Math.Max(1, capacity)) { SingleWriter = true });
        _run = new TraceRun(plan, new EventOutput(_events.Writer), settings with { OnAttached = () => _attached.TrySetResult() });
        _thread = new Thread(Run) { IsBackground = true, Name = "trace session" };
    }

    /// <summary>Compiles a script, attaches its probes and begins to read.</summary>
    /// <param name="script">The script's text, in bpftrace's language.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <returns>The session, once all probes are attached and <c>begin</c> has run.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="script"/> is null.</exception>
    /// <exception cref="TraceException">The script has errors, and the diagnostics have their places; or the command cannot be started (NEC5361).</exception>
    /// <exception cref="NectarException">The kernel refuses a program or a hook; nothing stays attached.</exception>
    public static TraceSession Start(string script, TraceSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        options ??= new TraceSessionOptions();
        return Start(options, (attach, hasCommand, diagnostics) => TraceCompiler.Compile(
            new SourceText("script", script),
            new ParseOptions { Parameters = options.Parameters, NamedParameters = [.. options.NamedParameters], IsUnsafe = options.IsUnsafe },
            new BindOptions
            {
                Attach = attach,
                Environment = options.Config,
                PositionalParameters = options.Parameters,
                NamedParameters = options.NamedParameters,
                IsUnsafe = options.IsUnsafe,
                HasCommand = hasCommand,
                ProcessId = attach.ProcessId,
                IsStrict = options.IsStrict,
            },
            new LoweringOptions { ReportHelperErrors = options.ReportsHelperErrors },
            diagnostics));
    }

    /// <summary>Runs what <c>nectar build</c> made of a script: nothing is compiled here.</summary>
    /// <param name="file">The object's bytes. Parameters and settings of the script are in it.</param>
    /// <param name="options">How to run it; null for the defaults.</param>
    /// <exception cref="TraceException">It is damaged, or this machine lacks what it needs.</exception>
    /// <exception cref="NectarException">The kernel refuses a program or a hook.</exception>
    public static TraceSession StartObject(ReadOnlyMemory<byte> file, TraceSessionOptions? options = null) =>
        Start(options ?? new TraceSessionOptions(), (attach, _, diagnostics) => ScriptObject.Read(file, "script", attach, diagnostics, out string _));

    private static TraceSession Start(TraceSessionOptions options, Func<AttachOptions, bool, DiagnosticBag, TracePlan?> make)
    {
        ChildProcess? child = options.Command is { } command ? ChildProcess.Start(command) : null;
        try
        {
            DiagnosticBag diagnostics = new();
            AttachOptions attach = new()
            {
                ProcessId = options.ProcessId != 0 ? options.ProcessId : child?.ProcessId ?? 0,
                IsUnsafe = options.IsUnsafe,
                Command = options.Command ?? "",
                Fallback = options.Fallback,
            };
            TracePlan? plan = make(attach, child is not null, diagnostics);
            if (plan is null || diagnostics.HasErrors) throw new TraceException([.. diagnostics.Items]);
            TraceSession session = new(plan, new SessionSettings { Attach = attach, Child = child, ProcessId = options.ProcessId }, options.Capacity) { HookNotes = [.. attach.State.HookNotes] };
            child = null; // it is the session's now
            session.Begin();
            return session;
        }
        finally
        {
            child?.Dispose();
        }
    }

    /// <summary>What the script gave to <c>exit</c>, once it has ended; 0 without. Fails if the session does.</summary>
    public Task<int> Completion => _end.Task;

    /// <summary>Names of the script's maps, with the <c>@</c>, in order.</summary>
    public IReadOnlyList<string> MapNames => [.. _run.Plan.Maps.Select(m => m.Map.Name)];

    /// <summary>Hooks that were taken in place of others (<see cref="TraceSessionOptions.AllowsFallback"/>), and how they differ: a line each.</summary>
    public IReadOnlyList<string> HookNotes { get; private init; } = [];

    /// <summary>What is missing in the results so far.</summary>
    public TraceLosses Losses => _run.Losses;

    /// <summary>Gives events as they come, until the script ends. One reader at a time; each event goes to one.</summary>
    /// <param name="cancellation">Ends the reading; the session goes on.</param>
    public async IAsyncEnumerable<TraceEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (await _events.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            while (_events.Reader.TryRead(out TraceEvent? e)) yield return e;
        }

        await Completion.ConfigureAwait(false); // if the session failed, so does this
    }

    /// <summary>Reads a map, now; also after the end.</summary>
    /// <param name="name">With the <c>@</c>.</param>
    /// <param name="top">Only so many entries, those with the greatest values; 0 for all.</param>
    /// <exception cref="ArgumentException">The script has no such map.</exception>
    /// <exception cref="NectarException">The kernel does not give it.</exception>
    public MapResult ReadMap(string name, int top = 0)
    {
        foreach (PlannedMap map in _run.Plan.Maps)
        {
            if (map.Map.Name == name) return _run.Runner.ReadMap(map.Map, top);
        }

        throw new ArgumentException($"the script has no map '{name}', only {string.Join(", ", MapNames)}", nameof(name));
    }

    /// <summary>Asks the script to end: probes are detached, what is in the ring buffer is given out, <c>end</c> runs. From any thread; does not wait (<see cref="Completion"/> does).</summary>
    public void Stop() => _run.Stop();

    /// <summary>Ends the session and waits for it.</summary>
    public void Dispose()
    {
        _events.Writer.TryComplete(); // whoever waits for room need not any more
        _run.Stop();
        if (_thread.ThreadState != ThreadState.Unstarted) _thread.Join();
        _run.Dispose();
    }

    private void Begin()
    {
        _thread.Start();
        try
        {
            Task.WhenAny(_attached.Task, _end.Task).GetAwaiter().GetResult().GetAwaiter().GetResult();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private void Run()
    {
        try
        {
            int code = _run.Execute();
            _events.Writer.TryComplete();
            _end.SetResult(code);
        }
        catch (Exception problem) // whatever it is, it belongs to those who wait
        {
            _events.Writer.TryComplete();
            _end.SetException(problem);
        }
    }
}
