// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes.Fallback;

namespace Nectar.Trace.Probes;

/// <summary>What attach points depend on besides their text. One for a whole script: it counts the probes and keeps what was read.</summary>
internal sealed class AttachOptions
{
    /// <summary>Set by the binder.</summary>
    public TraceConfig Config { get; set; } = new();

    /// <summary>Only this process (<c>-p</c>, <c>-c</c>); 0 for all.</summary>
    public int ProcessId { get; init; }

    /// <summary><c>--unsafe</c>.</summary>
    public bool IsUnsafe { get; init; }

    /// <summary>The program that <c>-c</c> starts; empty without.</summary>
    public string Command { get; init; } = "";

    /// <summary>A file with the functions that kprobes take, in place of the kernel's list (<c>--traceable-functions</c>); null for that.</summary>
    public string? TraceableFunctions { get; init; }

    /// <summary>Only probes whose names fit this expression (<c>--probe-filter</c>), beside <c>begin</c>, <c>end</c> and <c>self</c>; null for all.</summary>
    public System.Text.RegularExpressions.Regex? ProbeFilter { get; init; }

    /// <summary>What to do about hooks that the kernel lacks (<c>--fallback</c>).</summary>
    public FallbackKind Fallback { get; init; }

    /// <summary>Where files with debug information are looked for first (<c>--debuginfo</c>).</summary>
    public IReadOnlyList<string> DebugFolders { get; init; } = [];

    /// <summary>The type of a C name (<c>struct sk_buff *</c>, <c>pid_t</c>, <c>enum x</c>) in the kernel's types; null if there is none. Set by the binder.</summary>
    public Func<string, TraceType?>? TypeOf { get; set; }

    /// <summary>As <see cref="TypeOf"/>, by number in a set of kernel types.</summary>
    public Func<BtfTypes, uint, TraceType?>? TypeOfId { get; set; }

    /// <summary>Types of a program's debug information, read once; null if it has none.</summary>
    public DwarfTypeFactory? DebugTypes(string file)
    {
        if (!State.DebugTypes.TryGetValue(file, out DwarfTypeFactory? types)) State.DebugTypes.Add(file, types = Resolving.UserSymbols.DebugInfo(file, this) is { } info ? new DwarfTypeFactory(info) : null);
        return types;
    }

    /// <summary>What attach points of one script share.</summary>
    internal ResolveState State { get; } = new();
}
