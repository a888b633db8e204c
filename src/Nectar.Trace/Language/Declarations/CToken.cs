// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Declarations;

internal enum CTokenKind : byte
{
    Word, Number, Text, Character, Sign, End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">Its characters; of texts without the quotes' escapes replaced.</param>
/// <param name="Span">Where it stands.</param>
internal readonly record struct CToken(CTokenKind Kind, string Text, TextSpan Span)
{
    /// <summary>First of its line: a <c>#</c> there begins a directive.</summary>
    public bool IsLineStart { get; init; }

    /// <summary>White space is before it: tells <c>#define f (x)</c> from <c>#define f(x)</c>.</summary>
    public bool HasSpace { get; init; }

    public bool Is(string sign) => Kind == CTokenKind.Sign && Text == sign;

    public bool IsWord(string word) => Kind == CTokenKind.Word && Text == word;
}
