// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime;

/// <summary>Something that a session tells while it runs.</summary>
public abstract record TraceEvent;

/// <summary>The script printed text: <c>printf</c>, <c>errorf</c>, <c>warnf</c>.</summary>
/// <param name="Text">The text as formatted, its line feed included.</param>
/// <param name="Severity">Which of them.</param>
/// <param name="Arguments">The values behind the format.</param>
public sealed record PrintEvent(string Text, PrintSeverity Severity, ImmutableArray<TraceValue> Arguments) : TraceEvent;

/// <summary><c>print</c> of a value.</summary>
/// <param name="Value">The value, or that of the key that was printed.</param>
public sealed record ValueEvent(TraceValue Value) : TraceEvent;

/// <summary><c>print</c> of a map, or a map at the end.</summary>
/// <param name="Map">What it held then, already cut to <c>top</c> and divided.</param>
public sealed record MapEvent(MapResult Map) : TraceEvent;

/// <summary>Text of <c>time</c>, <c>join</c>, <c>cat</c>, <c>system</c>, or of an iterator.</summary>
/// <param name="Source">The function's name; <c>iter</c> for iterators.</param>
/// <param name="Text">What it wrote, as it is.</param>
public sealed record TextEvent(string Source, string Text) : TraceEvent;

/// <summary>Events are lost: the ring buffer was full.</summary>
/// <param name="Count">How many since the last event of this kind; at least 1.</param>
public sealed record LostEvent(long Count) : TraceEvent;

/// <summary>Something that the script's author wants to know: a helper failed, a division by zero, a full map.</summary>
/// <param name="Message">In words, without a line feed.</param>
public sealed record WarningEvent(string Message) : TraceEvent;
