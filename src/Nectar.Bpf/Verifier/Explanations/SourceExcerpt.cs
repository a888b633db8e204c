// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>A line of the user's source.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">Its text, without line feed.</param>
public sealed record SourceLine(int Number, string Text);

/// <summary>The place in the user's source (C, C#, scripts and assembly alike), with the lines around it as far as they are known.</summary>
/// <param name="Span">The place.</param>
/// <param name="Function">The function of the program that holds it; null where unknown.</param>
/// <param name="Lines">At most two lines before it, the line itself if it is known, at most two behind it.</param>
public sealed record SourceExcerpt(SourceSpan Span, string? Function, ImmutableArray<SourceLine> Lines)
{
    /// <summary>The line that <see cref="Span"/> begins on; null if its text is not known.</summary>
    [JsonIgnore]
    public string? Text => Lines.FirstOrDefault(line => line.Number == Span.Line)?.Text;
}

/// <summary>An instruction near the refused one.</summary>
/// <param name="Slot">Its slot.</param>
/// <param name="Text">Its text.</param>
/// <param name="IsMarked">True for the refused one.</param>
public sealed record CodeLine(int Slot, string Text, bool IsMarked);

/// <summary>What was known about a register or stack slot where the verifier stopped.</summary>
/// <param name="Name"><c>r2</c>, <c>fp-8</c>.</param>
/// <param name="State">What the verifier held, in its own notation.</param>
/// <param name="Words">The same in words; empty if the notation says it all.</param>
public sealed record RegisterKnowledge(string Name, string State, string Words)
{
    /// <inheritdoc/>
    public override string ToString() => Words.Length == 0 ? $"{Name} = {State}" : $"{Name} = {State}: {Words}";
}
