// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Probes;
using Nectar.Trace.Runtime.Processes;

namespace Nectar.Trace.Runtime;

/// <summary>How a plan is run.</summary>
internal sealed record SessionSettings
{
    public SessionMode Mode { get; init; }

    /// <summary>As the attach points were resolved with.</summary>
    public AttachOptions Attach { get; init; } = new();

    /// <summary>The program of <c>-c</c>, held back; the session ends it.</summary>
    public ChildProcess? Child { get; init; }

    /// <summary>The session ends with this process (<c>-p</c>); 0 for none.</summary>
    public int ProcessId { get; init; }

    /// <summary>Nothing but results (<c>-q</c>).</summary>
    public bool IsQuiet { get; init; }

    /// <summary>No warnings (<c>--no-warnings</c>).</summary>
    public bool HidesWarnings { get; init; }

    /// <summary>Tell also what results show by themselves (<c>-v</c>).</summary>
    public bool IsVerbose { get; init; }

    /// <summary>SIGINT and its like end the session, SIGUSR1 runs <c>self</c> probes, SIGUSR2 asks what is lost.</summary>
    public bool WatchesSignals { get; init; }

    /// <summary>Gets each program's name and what the verifier says about it (<c>-d verifier</c>); null for no one.</summary>
    public Action<string, string>? OnVerifierLog { get; init; }

    /// <summary>Called when everything is attached and runs.</summary>
    public Action? OnAttached { get; init; }

    /// <summary>Called ten times a second.</summary>
    public Action<TraceRun>? OnTick { get; init; }
}
