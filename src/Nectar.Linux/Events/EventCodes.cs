// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Events;

/// <summary>The codes of events (docs/diagnostics/events.md).</summary>
internal static class EventCodes
{
    /// <summary>A ring buffer could not be opened.</summary>
    internal static readonly DiagnosticCode Ring = new(4301);

    /// <summary>Perf buffers could not be opened.</summary>
    internal static readonly DiagnosticCode Perf = new(4302);

    /// <summary>Waiting for events is not possible.</summary>
    internal static readonly DiagnosticCode Waiting = new(4303);

    /// <summary>The trace pipe could not be opened or read.</summary>
    internal static readonly DiagnosticCode TracePipe = new(4304);
}
