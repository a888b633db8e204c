// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Tracing;

/// <summary>The codes of tracing hooks: 41xx (docs/diagnostics/tracing.md).</summary>
internal static class TracingCodes
{
    /// <summary>The kernel has no tracepoint of that name.</summary>
    internal static readonly DiagnosticCode Tracepoint = new(4101);

    /// <summary>A kernel function cannot be probed.</summary>
    internal static readonly DiagnosticCode KernelProbe = new(4102);

    /// <summary>A place in a program or library cannot be probed.</summary>
    internal static readonly DiagnosticCode UserProbe = new(4103);

    /// <summary>A perf event cannot be opened.</summary>
    internal static readonly DiagnosticCode PerfEvent = new(4104);

    /// <summary>A program cannot be attached to a function or tracepoint that its types name.</summary>
    internal static readonly DiagnosticCode Trampoline = new(4105);

    /// <summary>An iterator cannot be made or read.</summary>
    internal static readonly DiagnosticCode Iterator = new(4106);

    /// <summary>A struct_ops value does not suit this kernel, or cannot be registered.</summary>
    internal static readonly DiagnosticCode StructOps = new(4107);

    /// <summary>A static probe of a program (USDT) is not there, or its arguments cannot reach the program.</summary>
    internal static readonly DiagnosticCode Usdt = new(4108);

    /// <summary>The trace filesystem cannot be used.</summary>
    internal static readonly DiagnosticCode TraceFileSystem = new(4109);

    /// <summary>A section name or target does not say where to attach.</summary>
    internal static readonly DiagnosticCode Target = new(4110);

    /// <summary>The kernel lacks the kind of hook that a program wants.</summary>
    internal static readonly DiagnosticCode MissingHook = new(4111);

    /// <summary>A program cannot be changed to the next best hook.</summary>
    internal static readonly DiagnosticCode NoFallback = new(4112);

    /// <summary>A pattern fits no function.</summary>
    internal static readonly DiagnosticCode NoMatch = new(4113);
}
