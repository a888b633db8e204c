// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Declarations;
using Nectar.Trace.Language.Macros;

namespace Nectar.Trace.Language.Syntax;

/// <summary>
/// Recursive descent straight over the characters: what a character means depends on where it is (attach points, predicates, types),
/// so there is no separate list of tokens. Errors are collected; after one, reading goes on behind the next <c>;</c> or block.
/// </summary>
internal sealed partial class Parser
{
    // Deeper trees would need more stack than a thread has, here and in every later walk over them.
    private const int MaxDepth = 400, MaxChain = 2000;

    private readonly SourceText _source;
    private readonly string _text;
    private readonly ParseOptions _options;
    private readonly DiagnosticBag _diagnostics;
    private int _position, _depth, _errors, _lastErrorAt = -1;
    // An error was reported and its statement not left yet: what follows from it is not reported.
    private bool _isPanicking;

    private Parser(SourceText source, ParseOptions options, DiagnosticBag diagnostics)
    {
        (_source, _text, _options, _diagnostics) = (source, source.Text, options, diagnostics);
    }

    /// <summary>Reads a script. With errors in <paramref name="diagnostics"/> the tree holds what could be read.</summary>
    public static Script Parse(SourceText source, ParseOptions options, DiagnosticBag diagnostics)
    {
        if (options.Folder is null && Path.GetDirectoryName(source.Name) is { Length: > 0 } folder) options = options with { Folder = folder };
        Script script = ParseAlone(source, options, diagnostics);
        if (!options.Expand || diagnostics.HasErrors) return script;
        Imports.Merge(script, options, diagnostics);
        script.Declarations = CDeclarations.Read(script.C, options, diagnostics);
        if (script.Macros.Count > 0 || script.Declarations.Macros.Count > 0 || source.Text.Contains("container_of", StringComparison.Ordinal) || source.Text.Contains("typeof", StringComparison.Ordinal))
        {
            try
            {
                MacroExpander.Expand(script, script.Declarations, diagnostics);
            }
            catch (TreeTooDeepException problem)
            {
                problem.Report(diagnostics);
                return script;
            }
        }

        NamedParameters.Check(script, options, diagnostics);
        return script;
    }

    /// <summary>Reads one file as it is: nothing imported or expanded.</summary>
    internal static Script ParseAlone(SourceText source, ParseOptions options, DiagnosticBag diagnostics) => new Parser(source, options, diagnostics).ParseScript();

    /// <summary>Reads one expression, all of the text; null if it is none.</summary>
    public static Expression? ParseExpression(SourceText source, DiagnosticBag diagnostics)
    {
        Parser parser = new(source, ParseOptions.Default, diagnostics);
        parser.SkipLayout();
        if (parser.AtEnd) return null;
        Expression value = parser.ParseExpression();
        parser.SkipLayout();
        if (!parser.AtEnd) parser.Error("unexpected input");
        return parser._errors == 0 ? value : null;
    }

    private TextSpan From(int start) => new(_source, start, _position);

    private Identifier Missing() => new() { Name = "", Span = From(_position) };

    private void Error(string message, params ReadOnlySpan<string> notes)
    {
        int start = ScanLayout(_position);
        ErrorAt(message, new TextSpan(_source, start, TokenEnd(start)), notes);
    }

    private void ErrorAt(string message, int start, int end, params ReadOnlySpan<string> notes) => ErrorAt(message, new TextSpan(_source, start, end), notes);

    private void ErrorAt(string message, TextSpan span, params ReadOnlySpan<string> notes)
    {
        if (_isPanicking || span.Start == _lastErrorAt) return;
        _isPanicking = true;
        _lastErrorAt = span.Start;
        _errors++;
        _diagnostics.Add(Diagnostic.Error(TraceCodes.Syntax, "syntax: " + message, span.ToSourceSpan(), span.SourceLine, notes));
    }

    /// <summary>Behind the word, number, name or single character that an error is about.</summary>
    private int TokenEnd(int position)
    {
        char first = At(position);
        if (position >= _text.Length) return position;
        int end = position + 1;
        if (IsWordStart(first) || first is '@' or '$')
        {
            while (IsWord(At(end))) end++;
        }
        else if (char.IsAsciiDigit(first))
        {
            while (char.IsAsciiLetterOrDigit(At(end)) || At(end) == '.') end++;
        }

        return end;
    }

    private bool Enter()
    {
        _depth++;
        if (_depth <= MaxDepth && RuntimeHelpers.TryEnsureSufficientExecutionStack()) return true;
        Error($"nested more than {MaxDepth} deep", "help: split the expression with variables, or the block with macros");
        return false;
    }

    private void Leave() => _depth--;

    private bool Expect(char c)
    {
        if (Match(c)) return true;
        Error($"expected '{c}'");
        return false;
    }

    private bool Expect(string word)
    {
        if (Match(word)) return true;
        Error($"expected '{word}'");
        return false;
    }

    /// <summary>After an error in a statement: goes behind its <c>;</c>, or before the <c>}</c> of its block.</summary>
    private void LeaveStatement()
    {
        _isPanicking = false;
        int depth = 0;
        while (true)
        {
            SkipLayout();
            if (AtEnd) return;
            switch (Peek())
            {
                case '"': SkipString(); continue;
                case '{': depth++; break;
                case '}' when depth == 0: return;
                case '}': depth--; break;
                case ';' when depth == 0: _position++; return;
            }

            _position++;
        }
    }

    /// <summary>After an error between probes: goes behind the next block.</summary>
    private void LeaveDefinition()
    {
        _isPanicking = false;
        int depth = 0;
        while (true)
        {
            SkipLayout();
            if (AtEnd) return;
            char c = Peek();
            if (c == '"')
            {
                SkipString();
                continue;
            }

            _position++;
            if (c == '{') depth++;
            else if (c == '}' && --depth <= 0) return;
        }
    }

    private void SkipString()
    {
        _position++;
        while (!AtEnd && Peek() is not ('"' or '\n')) _position += Peek() == '\\' ? 2 : 1;
        if (!AtEnd) _position++;
        _position = Math.Min(_position, _text.Length);
    }
}
