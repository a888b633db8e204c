// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace;

/// <summary>Codes of diagnostics about scripts; the pages are docs/diagnostics/trace-*.md.</summary>
internal static class TraceCodes
{
    // 530x syntax (owner: syntax) · 531x–533x names and types · 534x attach points and probes · 535x making code · 536x running · 537x the command

    internal static readonly DiagnosticCode Syntax = new(5300);
}
