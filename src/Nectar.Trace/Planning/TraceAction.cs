// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Planning;

/// <summary>A value in a record.</summary>
/// <param name="Offset">From the record's start; the record begins with u32 action, u32 zero.</param>
internal sealed record RecordField(TraceType Type, int Offset)
{
    /// <summary>A text that is somewhere else in the record: at its offset is a u32 that says where it begins, counted from the record's start. It ends with a zero.</summary>
    public bool IsPacked { get; init; }

    /// <summary>The value's bytes, and what follows them; empty if the record is too short.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> record)
    {
        if (!IsPacked) return (uint)(Offset + Type.Size) <= (uint)record.Length ? record[Offset..] : [];
        if (Offset + sizeof(uint) > record.Length) return [];
        uint begin = BinaryPrimitives.ReadUInt32LittleEndian(record[Offset..]);
        return begin < (uint)record.Length ? record[(int)begin..] : [];
    }
}

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

/// <summary>Why something is missing in the results; an index into the variable <c>losses</c> (u64 each) of the object.</summary>
internal enum LossCause : byte
{
    /// <summary>The ring buffer was full: a record was not sent.</summary>
    RingFull,
    /// <summary>A map was full: a value was not kept.</summary>
    MapFull,
    /// <summary>The kernel had no memory for a new element just then: a value was not kept.</summary>
    MapWithoutMemory,
    /// <summary>Another processor, or what this one was doing before, held the map: a value was not kept.</summary>
    MapBusy,
    /// <summary>Memory could not be read.</summary>
    ReadFailed,
    /// <summary>Text or bytes were longer than what is kept of them, and the value does not show it.</summary>
    TextCut,
    /// <summary>Text was longer than what is kept of it; the value ends with the trailer (<c>str_trunc_trailer</c>).</summary>
    TextMarked,
    /// <summary>A stack could not be recorded.</summary>
    StackLost,
    /// <summary>Other helpers that failed.</summary>
    HelperFailed,
}

/// <summary>A map of the script in the object.</summary>
/// <param name="ObjectName">Its name there.</param>
/// <param name="IsPerCpu">A value for each CPU.</param>
/// <param name="IsArray">A scalar in an array map: one element that always exists.</param>
internal sealed record PlannedMap(TraceMap Map, string ObjectName, bool IsPerCpu, bool IsArray);

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
