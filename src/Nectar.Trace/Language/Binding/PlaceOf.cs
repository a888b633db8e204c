// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Binding;

/// <summary>Places that are more than one node's.</summary>
internal static class PlaceOf
{
    /// <summary>A predicate with its slashes.</summary>
    public static TextSpan Predicate(Expression condition)
    {
        TextSpan span = condition.Span;
        if (span.Source is not { Text: var text }) return span;
        int start = span.Start > 0 ? text.LastIndexOf('/', span.Start - 1) : -1, end = text.IndexOf('/', span.End);
        return start < 0 || end < 0 ? span : span with { Start = start, End = end + 1 };
    }

    /// <summary>The head of a loop over numbers.</summary>
    public static TextSpan Range(ForRange loop) => loop.Span with { End = Math.Max(loop.Span.Start, loop.To.Span.End) };

    /// <summary><c>comptime</c> and what it asks for.</summary>
    public static TextSpan Comptime(Node node)
    {
        Expression? condition = (node as If)?.Condition ?? (node as Conditional)?.Condition;
        if (condition is null || condition is Comptime || condition.Span.Source is not { Text: var text }) return condition?.Span ?? node.Span;
        int start = text.LastIndexOf("comptime", condition.Span.Start, StringComparison.Ordinal), end = condition.Span.End;
        if (end < text.Length && text[end] == ')') end++;
        return start < 0 ? condition.Span : condition.Span with { Start = start, End = end };
    }
}
