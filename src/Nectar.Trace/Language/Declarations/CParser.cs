// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Declarations;

/// <summary>Reads declarations of C: structs, unions, enums and typedefs; functions and variables are passed over.</summary>
internal sealed class CParser(IReadOnlyList<CToken> tokens, DiagnosticBag diagnostics)
{
    private const int MaxDepth = 100;

    private int _at, _depth;
    private bool _isWrong;

    /// <summary>By <c>struct x</c>, <c>union x</c>, <c>enum x</c>, or a typedef's name.</summary>
    public Dictionary<string, CType> Types { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, (long Value, CEnum Of)> Enumerators { get; } = new(StringComparer.Ordinal);

    /// <summary>What <c>sizeof</c> gives while sizes are being read; set by whoever knows layouts.</summary>
    public Func<CType, long?> SizeOf { get; set; } = static _ => null;

    private CToken Token => Peek(0);

    private CToken Peek(int offset) => _at + offset < tokens.Count ? tokens[_at + offset] : new CToken(CTokenKind.End, "", tokens.Count == 0 ? default : tokens[^1].Span);

    public void Read()
    {
        while (_at < tokens.Count)
        {
            _isWrong = false;
            int start = _at;
            Declaration();
            if (_isWrong) Recover();
            if (_at == start) _at++;
        }
    }

    private bool Take(string sign)
    {
        if (!Token.Is(sign)) return false;
        _at++;
        return true;
    }

    private void Expect(string sign)
    {
        if (!Take(sign)) Error($"expected '{sign}'");
    }

    private void Error(string message)
    {
        if (_isWrong) return;
        _isWrong = true;
        string found = Token.Kind == CTokenKind.End ? "the end" : $"'{Token.Text}'";
        diagnostics.Add(Diagnostic.Error(TraceCodes.Declaration, $"{message}, found {found}", Token.Span.ToSourceSpan(), Token.Span.SourceLine));
    }

    private void Recover()
    {
        int depth = 0;
        for (; _at < tokens.Count; _at++)
        {
            if (Token.Is("{")) depth++;
            else if (Token.Is("}")) depth--;
            else if (Token.Is(";") && depth <= 0) break;
        }

        _at++;
    }

    private void Declaration()
    {
        bool isTypedef = false;
        if (Take(";")) return;
        CAttributes attributes = new();
        CType? type = Specifiers(ref isTypedef, attributes);
        if (type is null)
        {
            Error("expected a declaration");
            return;
        }

        while (!_isWrong && !Token.Is(";") && Token.Kind != CTokenKind.End)
        {
            (string name, CType declared) = Declarator(type);
            if (Token.Is("{"))
            {
                SkipBalanced("{", "}"); // a function's body
                return;
            }

            if (Take("="))
            {
                while (Token.Kind != CTokenKind.End && !Token.Is(";") && !Token.Is(","))
                {
                    if (Token.Is("{")) SkipBalanced("{", "}");
                    else _at++;
                }
            }

            if (isTypedef && name.Length > 0) Types[name] = declared is CAggregate { Name: "" } anonymous ? Named(anonymous, name) : declared;
            Attributes(attributes);
            if (!Take(",")) break;
        }

        if (!_isWrong) Expect(";");
    }

    private static CAggregate Named(CAggregate anonymous, string name) =>
        new(name, anonymous.IsUnion, anonymous.Members) { IsPacked = anonymous.IsPacked, Alignment = anonymous.Alignment };

    private static readonly HashSet<string> Ignored =
    [
        "extern", "static", "const", "volatile", "inline", "__inline", "__inline__", "register", "restrict", "__restrict", "__extension__", "_Noreturn", "__always_inline",
        "__user", "__kernel", "__iomem", "__percpu", "__rcu", "__randomize_layout",
    ];

    private static readonly HashSet<string> IntegerWords = ["unsigned", "signed", "__signed__", "char", "short", "int", "long", "float", "double", "_Bool", "__int128"];

    private CType? Specifiers(ref bool isTypedef, CAttributes attributes)
    {
        List<string>? words = null;
        CType? type = null;
        while (Token.Kind == CTokenKind.Word)
        {
            string word = Token.Text;
            if (word == "typedef") (isTypedef, _at) = (true, _at + 1);
            else if (Ignored.Contains(word)) _at++;
            else if (CAttributes.IsAttribute(word)) Attributes(attributes);
            else if (IntegerWords.Contains(word) && type is null)
            {
                (words ??= []).Add(word);
                _at++;
            }
            else if (word is "struct" or "union" && type is null && words is null) type = Aggregate();
            else if (word == "enum" && type is null && words is null) type = Enum();
            else if (type is null && words is null)
            {
                type = word == "typeof" || word == "__typeof__" ? null : new CNamed(word);
                if (type is null) return null;
                _at++;
            }
            else break;
        }

        return words is null ? type : new CNamed(CIntegers.Normalize(words));
    }

    private void Attributes(CAttributes attributes)
    {
        while (Token.Kind == CTokenKind.Word && CAttributes.IsAttribute(Token.Text))
        {
            string word = Token.Text;
            _at++;
            if (word == "__packed") attributes.IsPacked = true;
            else if (Token.Is("("))
            {
                int start = _at;
                SkipBalanced("(", ")");
                attributes.Read(tokens, start, _at, ValueOf);
            }
        }
    }

    private void SkipBalanced(string open, string close)
    {
        int depth = 0;
        for (; _at < tokens.Count; _at++)
        {
            if (Token.Is(open)) depth++;
            else if (Token.Is(close) && --depth == 0) break;
        }

        _at++;
    }

    private CType? Aggregate()
    {
        bool isUnion = Token.Text == "union";
        _at++;
        CAttributes attributes = new();
        Attributes(attributes);
        string tag = "";
        if (Token.Kind == CTokenKind.Word)
        {
            tag = Token.Text;
            _at++;
        }

        string name = tag.Length == 0 ? "" : (isUnion ? "union " : "struct ") + tag;
        Attributes(attributes);
        if (!Token.Is("{")) return name.Length > 0 ? new CNamed(name) : null;
        if (++_depth > MaxDepth)
        {
            Error($"structs in structs more than {MaxDepth} deep");
            return null;
        }

        _at++;
        CAggregate result = new(name, isUnion, []);
        while (!_isWrong && !Token.Is("}") && Token.Kind != CTokenKind.End) Members(result.Members);
        _depth--;
        Expect("}");
        Attributes(attributes);
        (result.IsPacked, result.Alignment) = (attributes.IsPacked, attributes.Alignment);
        if (name.Length > 0) Types[name] = result;
        return result;
    }

    private void Members(List<CMember> members)
    {
        if (Take(";")) return;
        bool isTypedef = false;
        CAttributes attributes = new();
        CType? type = Specifiers(ref isTypedef, attributes);
        if (type is null)
        {
            Error("expected a member");
            return;
        }

        if (Token.Is(";") && type is CAggregate or CNamed)
        {
            members.Add(new CMember("", type));
        }

        while (!_isWrong && !Token.Is(";") && !Token.Is("}"))
        {
            (string name, CType declared) = Token.Is(":") ? ("", type) : Declarator(type);
            int bits = Take(":") ? (int)Math.Clamp(Constant(), 0, 64) : -1;
            Attributes(attributes);
            members.Add(new CMember(name, declared, bits) { Alignment = attributes.Alignment, IsPacked = attributes.IsPacked });
            if (!Take(",")) break;
        }

        if (!_isWrong && !Token.Is("}")) Expect(";"); // the last one's may be left out
    }

    private CType? Enum()
    {
        _at++;
        CAttributes attributes = new();
        Attributes(attributes);
        string name = "";
        if (Token.Kind == CTokenKind.Word)
        {
            name = "enum " + Token.Text;
            _at++;
        }

        if (!Take("{")) return name.Length > 0 ? new CNamed(name) : null;
        CEnum result = new(name, []);
        long next = 0;
        while (!_isWrong && Token.Kind == CTokenKind.Word)
        {
            string enumerator = Token.Text;
            _at++;
            Attributes(attributes);
            if (Take("=")) next = Constant();
            result.Values.Add(new(enumerator, next));
            Enumerators[enumerator] = (next, result);
            next++;
            if (!Take(",")) break;
        }

        Expect("}");
        Attributes(attributes);
        if (name.Length > 0) Types[name] = result;
        return result;
    }

    /// <summary>A name with its pointers and arrays.</summary>
    private (string Name, CType Type) Declarator(CType type)
    {
        if (++_depth > MaxDepth)
        {
            Error("a declarator that is nested too deeply");
            return ("", type);
        }

        CAttributes attributes = new();
        int pointers = 0;
        while (Token.Is("*") || (Token.Kind == CTokenKind.Word && (Ignored.Contains(Token.Text) || CAttributes.IsAttribute(Token.Text))))
        {
            if (Take("*"))
            {
                type = new CPointer(type);
                if (++pointers <= MaxDepth) continue;
                Error("a type with too many pointers");
                return ("", type);
            }

            if (Ignored.Contains(Token.Text)) _at++;
            else Attributes(attributes);
        }

        string name = "";
        int inner = -1;
        if (Token.Is("("))
        {
            // (*name)(…): what stands inside applies to what stands behind
            inner = _at + 1;
            SkipBalanced("(", ")");
        }
        else if (Token.Kind == CTokenKind.Word)
        {
            name = Token.Text;
            _at++;
        }

        type = Suffixes(type);
        if (inner >= 0)
        {
            int end = _at;
            _at = inner;
            (name, type) = Declarator(type);
            _at = end;
        }

        _depth--;
        return (name, type);
    }

    private CType Suffixes(CType type)
    {
        if (Token.Is("("))
        {
            SkipBalanced("(", ")");
            return new CFunction();
        }

        List<int> counts = [];
        while (!_isWrong && Take("["))
        {
            counts.Add(Token.Is("]") ? 0 : (int)Math.Clamp(Constant(), 0, int.MaxValue / 8));
            Expect("]");
        }

        for (int i = counts.Count - 1; i >= 0; i--) type = new CArray(type, counts[i]);
        return type;
    }

    private long? ValueOf(string name) => Enumerators.TryGetValue(name, out (long Value, CEnum) known) ? known.Value : null;

    private long Constant()
    {
        CConstant constant = new(tokens, ValueOf, SizeOfTokens);
        if (!constant.TryEvaluate(out long value, _at)) Error("expected a constant");
        else _at = constant.Position;
        return value;
    }

    private long? SizeOfTokens(List<CToken> inside)
    {
        CParser nested = new(inside, new DiagnosticBag()) { SizeOf = SizeOf };
        foreach ((string name, CType known) in Types) nested.Types[name] = known;
        bool isTypedef = false;
        return nested.Specifiers(ref isTypedef, new CAttributes()) is { } type ? SizeOf(nested.Declarator(type).Type) : null;
    }
}
