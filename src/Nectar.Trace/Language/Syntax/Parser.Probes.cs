// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Syntax;

// Attach points and predicates.
internal sealed partial class Parser
{
    // Providers whose attach points have paths: there a / belongs to the path, elsewhere it begins the predicate.
    private static readonly HashSet<string> WithPaths = ["uprobe", "u", "uretprobe", "ur", "usdt", "U", "iter", "it", "watchpoint", "w", "asyncwatchpoint", "aw"];

    private Probe? ParseProbe()
    {
        int start = _position;
        if (ParseAttachPoint() is not { } first) return null;
        List<AttachPoint> attachPoints = [first];
        while (Match(','))
        {
            SkipLayout();
            if (Peek() is '/' or '{') break;
            if (ParseAttachPoint() is not { } next) break;
            attachPoints.Add(next);
        }

        TextSpan span = new(_source, start, attachPoints[^1].Span.End);
        SkipLayout();
        Expression? predicate = null;
        if (Peek() == '/')
        {
            _position++;
            predicate = ParseExpression();
            if (!Match('/')) Error("expected '/' to close predicate");
        }

        if (ParseBody() is not { } body) return null;
        if (!_options.Expand) return new Probe { AttachPoints = attachPoints, Predicate = predicate, Body = body.ToBlock(), Span = span };
        attachPoints.RemoveAll(point => point.Text.Length == 0);
        if (attachPoints.Count == 0 && _errors > 0) _diagnostics.Add(Diagnostic.Error(TraceCodes.Syntax, "No attach points for probe", span.ToSourceSpan(), span.SourceLine));
        return new Probe { AttachPoints = attachPoints, Predicate = predicate, Body = body.ToBlock(), Span = span };
    }

    private AttachPoint? ParseAttachPoint()
    {
        SkipLayout();
        int start = _position, colon = -1;
        bool isPath = false;
        while (!AtEnd)
        {
            char c = Peek();
            if (c is '{' or ',' || char.IsWhiteSpace(c)) break;
            if (c == '/' && _position > start && !isPath) break;
            if (c == '"')
            {
                SkipQuoted();
                continue;
            }

            if (c == ':' && colon < 0)
            {
                colon = _position;
                int name = _text.IndexOf('=', start, _position - start);
                string provider = _text[(name < 0 ? start : name + 1)..colon];
                isPath = WithPaths.Contains(provider) || provider.Contains('*') || provider.Contains('?') || provider.Contains('$');
            }

            _position++;
        }

        if (_position == start)
        {
            Error("expected attach point");
            return null;
        }

        TextSpan span = From(start);
        string text = span.Text;
        string? given = null;
        int equals = text.AsSpan(0, colon < 0 ? text.Length : colon - start).IndexOf('=');
        if (equals > 0 && equals < text.Length - 1 && !text.AsSpan(0, equals).Contains('"')) (given, text) = (text[..equals], text[(equals + 1)..]);
        if (_options.Expand && text.Contains('$')) text = WithParameters(text, span);
        return new AttachPoint { Text = text, Name = given, Span = span };
    }

    private void SkipQuoted()
    {
        _position++;
        while (!AtEnd && Peek() != '"') _position += Peek() == '\\' ? 2 : 1;
        _position = Math.Min(_position + 1, _text.Length);
    }

    /// <summary><c>$1</c> outside of quotes becomes the parameter, in quotes where its characters would take the attach point apart; empty after an error.</summary>
    private string WithParameters(string text, TextSpan span)
    {
        StringBuilder result = new();
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && i + 1 < text.Length)
            {
                result.Append(c).Append(text[++i]);
                continue;
            }

            if (c == '"') isQuoted = !isQuoted;
            if (c != '$' || isQuoted)
            {
                result.Append(c);
                continue;
            }

            int end = i + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
            string digits = text[(i + 1)..end];
            if (digits.Length == 0 || digits.TrimStart('0').Length == 0)
            {
                string rest = end < text.Length && digits.Length == 0 ? text[end].ToString() : digits;
                RefuseParameter($"invalid trailing character for positional param: {rest}. Try quoting this entire part if this is intentional e.g. \"${rest}\".", span);
                return "";
            }

            if (!IntegerText.TryParse(digits.TrimStart('0'), out ulong number, out string problem))
            {
                RefuseParameter($"positional parameter is not valid: {problem}", span);
                return "";
            }

            string value = number <= (ulong)_options.Parameters.Length ? _options.Parameters[(int)number - 1] : "";
            // a parameter that is all of the attach point may have parts
            bool isAll = i == 0 && end == text.Length;
            bool needsQuotes = !isAll && value.AsSpan().ContainsAny(" \t:,{\"");
            result.Append(needsQuotes ? $"\"{value.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"" : value);
            i = end - 1;
        }

        return result.ToString();
    }

    private void RefuseParameter(string message, TextSpan span)
    {
        _errors++;
        _diagnostics.Add(Diagnostic.Error(TraceCodes.Syntax, message, span.ToSourceSpan(), span.SourceLine));
    }
}
