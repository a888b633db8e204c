// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Probes;

/// <summary>What was seen in one script.</summary>
internal sealed class ResolveState
{
    /// <summary>Hooks so far.</summary>
    public int Count { get; set; }

    /// <summary>Names of <c>test</c> and <c>bench</c> probes, each once.</summary>
    public Dictionary<(ProbeKind Kind, string Name), SourceSpan> Names { get; } = [];

    /// <summary>The functions of the kernel, once somebody asked for them.</summary>
    public Resolving.TraceableFunctions? Functions { get; set; }

    /// <summary>By file.</summary>
    public Dictionary<string, Language.Types.DwarfTypeFactory?> DebugTypes { get; } = new(StringComparer.Ordinal);

    /// <summary>Which hooks were taken for others, in words.</summary>
    public List<string> HookNotes { get; } = [];

    /// <summary>Hooks that the kernel lacks and that no other one replaces.</summary>
    public List<ProbeTarget> LostHooks { get; } = [];

    /// <summary>What was tried for the last of them: a line each.</summary>
    public List<string> LostReasons { get; } = [];

    /// <summary>The limit was reported.</summary>
    public bool IsOverLimit { get; set; }
}
