// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Binding;

namespace Nectar.Trace.Planning;

/// <summary>
/// Something that user space does when a program asks for it: programs send records through the ring buffer, the first four bytes are the
/// action's index in the plan.
/// </summary>
internal abstract record TraceAction
{
    /// <summary>Where the script asks for it.</summary>
    public SourceSpan Where { get; init; }
}

internal enum PrintKind : byte
{
    /// <summary>To the output.</summary>
    Printf,
    /// <summary>To standard error, as an error.</summary>
    Errorf,
    /// <summary>To standard error, as a warning.</summary>
    Warnf,
    /// <summary>Run by the shell.</summary>
    System,
    /// <summary>The content of the file of that name.</summary>
    Cat,
}

internal sealed record PrintfAction(PrintKind Kind, string Format, ImmutableArray<RecordField> Arguments) : TraceAction
{
    /// <summary>Uses of the macros that the call came from, the innermost first.</summary>
    public ImmutableArray<SourceSpan> ExpandedFrom { get; init; } = [];
}

/// <summary><c>print(value)</c>; <paramref name="Key"/> and <paramref name="Map"/> for <c>print(@m[key])</c>.</summary>
internal sealed record PrintValueAction(RecordField Value, TraceMap? Map = null, RecordField? Key = null) : TraceAction;

/// <summary><c>print(@m, top, div)</c>; 0: all, undivided.</summary>
internal sealed record PrintMapAction(TraceMap Map, long Top, long Divisor) : TraceAction
{
    /// <summary>Where the record has the number, if it is not known before.</summary>
    public RecordField? TopField { get; init; }

    /// <inheritdoc cref="TopField"/>
    public RecordField? DivisorField { get; init; }
}

internal sealed record ClearMapAction(TraceMap Map) : TraceAction;

internal sealed record ZeroMapAction(TraceMap Map) : TraceAction;

/// <summary><c>time(format)</c>.</summary>
internal sealed record TimeAction(string Format) : TraceAction;

/// <summary><c>join(argv, delimiter)</c>: slots of NUL-terminated text at an offset; the first empty one ends the list. Slot size 0: texts follow one another up to the record's end.</summary>
internal sealed record JoinAction(string Delimiter, int Offset, int Slots, int SlotSize) : TraceAction;

/// <summary><c>exit(code)</c>: an i32 at 8.</summary>
internal sealed record ExitAction : TraceAction;

/// <summary>A helper failed and the script asked to be told (<c>-k</c>): an i32 at 8.</summary>
internal sealed record HelperErrorAction(string Helper) : TraceAction;

/// <summary>Something that bpftrace prints as a run-time error: division by zero and its like.</summary>
internal sealed record RuntimeErrorAction(string Message) : TraceAction;

/// <summary><c>skboutput</c>: u64 time at 8, u32 length at 16, packet bytes from 20, to a pcap file.</summary>
internal sealed record SkbOutputAction(string File) : TraceAction;

/// <summary><c>unwatch(address)</c>: u64 at 8.</summary>
internal sealed record UnwatchAction : TraceAction;

/// <summary>A user stack or symbol was stored for the first time: its process may end before anybody asks what its addresses mean.</summary>
internal sealed record SymbolsSeenAction(RecordField Value) : TraceAction;
