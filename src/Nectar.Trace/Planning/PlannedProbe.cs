// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Planning;

/// <summary>A program and its hooks.</summary>
/// <param name="Cookies">One for each target: what <c>bpf_get_attach_cookie</c> gives there; empty if the program does not ask.</param>
internal sealed record PlannedProbe(string ProgramName, ProbeKind Kind, ImmutableArray<ProbeTarget> Targets, ImmutableArray<ulong> Cookies)
{
    /// <summary>Tracepoints: the program looks at the event's data, so that it cannot be attached as a raw tracepoint.</summary>
    public bool ReadsArguments { get; init; }

    /// <summary>Tracepoints: the program needs the event's record as the format file says, not only the fields' values. Raw tracepoints: it needs arguments whose types the verifier knows.</summary>
    public bool UsesRecord { get; init; }

    /// <summary>A link a hook, where the kernel could put many into one (<c>--no-feature</c>).</summary>
    public bool HasSingleLinks { get; init; }

    /// <summary>Kprobes: the program runs at the functions' return as well, and asks the kernel which it is.</summary>
    public bool IsSession { get; init; }

    /// <summary>The program has distances in the probed file in its code: it is for the very same file.</summary>
    public bool NeedsSameFile { get; init; }

    /// <summary>Of a program that was read from a file: the section that it was made for; empty otherwise.</summary>
    public string BuiltSection { get; init; } = "";

    /// <summary>The program may sleep (uprobes, fentry with sleepable helpers).</summary>
    public bool IsSleepable { get; init; }
}
