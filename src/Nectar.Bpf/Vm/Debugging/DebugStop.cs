// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>Why the program stands still.</summary>
public enum DebugStopReason : byte
{
    /// <summary>Before the first instruction of a run.</summary>
    Entry,

    /// <summary>What was asked for is done.</summary>
    Step,

    /// <summary>A breakpoint.</summary>
    Breakpoint,

    /// <summary>A watched value has changed.</summary>
    Watchpoint,

    /// <summary><see cref="DebugSession.Pause"/>.</summary>
    Pause,

    /// <summary>The instruction that is next cannot be carried out; the program is as it was before it.</summary>
    Fault,

    /// <summary>The run is over; <see cref="DebugStop.Result"/> says how.</summary>
    RunEnded,
}

/// <summary>Where the program stands, and why.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Run">The number of the input, from 0.</param>
/// <param name="Step">Instructions carried out in this run.</param>
public sealed record DebugStop(DebugStopReason Reason, int Run, long Step)
{
    /// <summary>The breakpoint or watchpoint.</summary>
    public Breakpoint? Breakpoint { get; init; }

    /// <summary>For watchpoints the value before.</summary>
    public string? OldValue { get; init; }

    /// <summary>For watchpoints the value now.</summary>
    public string? NewValue { get; init; }

    /// <summary>What is wrong with the breakpoint's condition.</summary>
    public Diagnostic? Problem { get; init; }

    /// <summary>The fault, at it and when it has ended the run.</summary>
    public VmFault? Fault { get; init; }

    /// <summary>The result, when the run is over.</summary>
    public RunResult? Result { get; init; }

    /// <summary>Runs that ended on the way, before the one that the program stands in.</summary>
    public IReadOnlyList<DebugEnded> Ended { get; init; } = [];
}

/// <summary>How a run ended that the program has gone through.</summary>
/// <param name="Run">The number of the input, from 0.</param>
/// <param name="Value">r0 at the end; 0 after a fault.</param>
/// <param name="Fault">The fault that ended it; null if there was none.</param>
/// <param name="Redirects">What redirect helpers decided.</param>
public sealed record DebugEnded(int Run, ulong Value, VmFault? Fault, IReadOnlyList<Redirect> Redirects);
