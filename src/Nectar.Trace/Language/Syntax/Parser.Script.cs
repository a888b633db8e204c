// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

// The outermost level: C, config, imports, then probes, macros, functions and maps.
internal sealed partial class Parser
{
    private const string CTooLate = "C definitions must appear before probes and functions";

    private Script ParseScript()
    {
        List<TextSpan> c = [];
        List<ConfigAssignment> config = [];
        TextSpan? configSpan = null;
        SkipLayout();
        TextSpan header = default;
        if (IsAt('#', '!'))
        {
            int start = _position;
            SkipLine();
            header = From(start);
            SkipLayout();
        }

        while (TryC(out TextSpan span))
        {
            c.Add(span);
            SkipLayout();
        }

        List<Import> imports = _imports;
        while (PeekWord() is var word && (word is "config" || word is "import"))
        {
            if (word is "import") ParseImport();
            else if (configSpan is null && IsConfig()) configSpan = ParseConfig(config);
            else if (IsConfig()) SkipConfig("duplicate config block");
            else break;
            if (_isPanicking) LeaveStatement();
            SkipLayout();
        }

        Script script = new()
        {
            Source = _source, Header = header, C = c, Config = config, ConfigSpan = configSpan, Imports = imports, Comments = _comments,
            Span = new TextSpan(_source, 0, _text.Length),
        };
        while (!AtEnd)
        {
            int before = _position;
            ParseDefinition(script);
            SkipLayout();
            if (_position == before && !_isPanicking) Error("unexpected input");
            if (_isPanicking) LeaveDefinition();
            if (_position == before) _position++;
            SkipLayout();
        }

        return script;
    }

    private void SkipLine()
    {
        int end = _text.IndexOf('\n', _position);
        _position = end < 0 ? _text.Length : end;
    }

    private void ParseDefinition(Script script)
    {
        int start = _position;
        if (Peek() == '#' && Peek(1) != '!')
        {
            SkipDirective();
            ErrorAt(CTooLate, start, _position);
            _isPanicking = false;
            return;
        }

        switch (PeekWord())
        {
            case "struct" or "union" or "enum" or "typedef" when TryC(out _):
                ErrorAt(CTooLate, start, _position);
                _isPanicking = false;
                return;
            case "config" when IsConfig():
                SkipConfig("config must appear before probes and functions");
                _isPanicking = false;
                return;
            case "import" when IsImport():
                _position = WordEnd(_position);
                ErrorAt("root imports must appear before probes and functions", start, _position);
                LeaveStatement();
                return;
            case "macro" when IsFollowedByWord():
                if (ParseMacro() is { } macro) script.Add(macro);
                return;
            case "fn" when IsFollowedByWord():
                if (ParseSubprogram() is { } function) script.Add(function);
                return;
            case "let":
                ParseMapDeclaration(script);
                return;
        }

        if (ParseProbe() is { } probe) script.Add(probe);
    }

    private bool IsFollowedByWord() => IsWordStart(At(ScanLayout(WordEnd(_position))));

    private bool IsConfig() => At(ScanLayout(WordEnd(_position))) is '=' or '{';

    private bool IsImport() => At(ScanLayout(WordEnd(_position))) is not (':' or '{' or ',' or '/');

    private TextSpan ParseConfig(List<ConfigAssignment> config)
    {
        int start = _position;
        _position = WordEnd(_position);
        if (!Expect('=') || !Expect('{')) return From(start);
        SkipLayout();
        while (!AtEnd && Peek() != '}')
        {
            int at = _position;
            string? key = Word("expected config key");
            if (key is null || !Expect('=')) break;
            Expression? value = ConfigValue();
            if (value is null) break;
            config.Add(new ConfigAssignment { Key = key, Value = value, Span = From(at) });
            SkipLayout();
            if (Peek() != '}' && !Expect(';')) break;
            SkipLayout();
        }

        if (_isPanicking)
        {
            int end = _text.IndexOf('}', _position);
            _position = end < 0 ? _text.Length : end + 1;
            _isPanicking = false;
        }
        else
        {
            Expect('}');
        }

        return From(start);
    }

    private Expression? ConfigValue()
    {
        SkipLayout();
        int start = _position;
        if (Peek() == '"') return new StringLiteral { Value = QuotedText(), Span = From(start) };
        if (char.IsAsciiDigit(Peek()))
        {
            string text = NumberText();
            if (!IntegerText.TryParse(text, out ulong value, out _)) Error("invalid integer in config");
            return new IntegerLiteral { Value = value, Span = From(start) };
        }

        return Word("expected string, int, boolean, or ident") switch
        {
            null => null,
            "true" => new BooleanLiteral { Value = true, Span = From(start) },
            "false" => new BooleanLiteral { Value = false, Span = From(start) },
            string name => new Identifier { Name = name, Span = From(start) },
        };
    }

    private void SkipConfig(string problem)
    {
        int start = _position;
        _position = WordEnd(_position);
        ErrorAt(problem, start, _position);
        if (!Match('=') || !Match('{')) return;
        int depth = 1;
        for (; !AtEnd && depth > 0; _position++) depth += Peek() switch { '{' => 1, '}' => -1, _ => 0 };
        _isPanicking = false;
    }

    private readonly List<Import> _imports = [];

    /// <summary><c>import "x.bt";</c>, before the first probe or as a statement: both are merged in at the same place.</summary>
    private Import? ParseImport()
    {
        int start = _position;
        if (!Expect("import")) return null;
        SkipLayout();
        if (Peek() != '"')
        {
            Error("expected string after 'import'");
            return null;
        }

        Import import = new() { Path = QuotedText(), Span = From(start) };
        if (!Match(';'))
        {
            Error("expected ';' after import");
            return null;
        }

        _imports.Add(import);
        return import;
    }

    private Macro? ParseMacro()
    {
        int start = _position;
        _position = WordEnd(_position);
        if (Word("expected macro name") is not { } name) return null;
        TextSpan span = From(start);
        List<Expression> parameters = [];
        SkipLayout();
        bool isBare = Peek() == '{'; // has no parameters, as bpftrace's documentation writes it
        if (!isBare && !Expect('(')) return null;
        SkipLayout();
        if (!isBare && Peek() != ')')
        {
            do
            {
                SkipLayout();
                if (Peek() == ')') break;
                parameters.Add(MacroParameter());
            }
            while (Match(','));
        }

        if ((!isBare && !Expect(')')) || ParseBody() is not { } body) return null;
        return new Macro { Name = name, Parameters = parameters, Body = body.Value is null ? body.ToBlock() : body.ToExpression(), Span = span };
    }

    private Expression MacroParameter()
    {
        int start = _position;
        if (Peek() == '$') return Variable();
        if (Peek() == '@') return MapName();
        if (Word("expected macro argument ($var, @map, or identifier)") is not { } name) return Missing();
        if (IsReservedName(name)) ErrorAt($"builtin '{name}' can't be used as a macro argument", start, _position);
        return new Identifier { Name = name, Span = From(start) };
    }

    private Subprogram? ParseSubprogram()
    {
        int start = _position;
        _position = WordEnd(_position);
        if (Word("expected function name") is not { } name) return null;
        TextSpan span = From(start);
        if (!Expect('(')) return null;
        List<(VariableReference, TypeName)> parameters = [];
        SkipLayout();
        while (!AtEnd && Peek() != ')')
        {
            if (Peek() != '$')
            {
                Error("expected variable in function argument");
                return null;
            }

            VariableReference variable = Variable();
            if (!Expect(':') || ParseTypeAnnotation() is not { } type) return null;
            parameters.Add((variable, type));
            if (!Match(',')) break;
            SkipLayout();
        }

        if (!Expect(')') || !Expect(':') || ParseTypeAnnotation() is not { } result || ParseBody() is not { } body) return null;
        return new Subprogram { Name = name, Parameters = parameters, Result = result, Body = body.ToBlock(), Span = span };
    }

    private void ParseMapDeclaration(Script script)
    {
        int start = _position;
        _position = WordEnd(_position);
        SkipLayout();
        if (Peek() != '@')
        {
            if (Peek() is ':' or ',' or '{' or '/')
            {
                _position = start;
                if (ParseProbe() is { } probe) script.Add(probe);
                return;
            }

            _position = start;
            Error("root-level let statements need to be map declarations, e.g. let @a = hash(2);");
            _position++;
            LeaveStatement();
            return;
        }

        MapReference name = MapName();
        if (!Expect('=') || Word("expected map type name") is not { } kind || !Expect('(')) return;
        SkipLayout();
        int at = _position;
        string text = char.IsAsciiDigit(Peek()) ? NumberText() : "";
        if (!IntegerText.TryParse(text, out ulong entries, out _))
        {
            Error("expected positive integer for map declaration max entries");
            LeaveStatement();
            return;
        }

        IntegerLiteral count = new() { Value = entries, Span = From(at) };
        if (!Expect(')')) return;
        Match(';');
        script.Add(new MapDeclaration { Name = name.Name, Kind = kind, MaxEntries = count, Span = From(start) });
    }
}
