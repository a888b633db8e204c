// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>Reads template arguments and the expressions in them and in <c>decltype</c>.</summary>
internal static class ExpressionParser
{
    private static readonly Dictionary<string, string> s_casts = new() { ["cc"] = "const_cast", ["dc"] = "dynamic_cast", ["rc"] = "reinterpret_cast", ["sc"] = "static_cast" };

    internal static Node? Argument(MangledText s)
    {
        switch (s.Peek())
        {
            case 'X':
                s.At++;
                return Parse(s) is { } expression && s.Take('E') ? expression : null;
            case 'L':
                return Primary(s);
            case 'I' or 'J':
                s.At++;
                List<Node> pack = [];
                while (!s.Take('E'))
                {
                    if (!s.Enter() || Argument(s) is not { } element) return null;
                    s.Leave();
                    pack.Add(element);
                }

                return new ListNode("", pack) { IsPack = true };
            case 'T' when s.Peek(1) is 'y' or 'n' or 't' or 'p':
                return TypeParser.SkipParameterDeclaration(s) ? Argument(s) : null;
            default:
                return TypeParser.Parse(s);
        }
    }

    internal static Node? Parse(MangledText s)
    {
        if (!s.Enter()) return null;
        Node? node = Read(s);
        s.Leave();
        return node;
    }

    private static Node? Read(MangledText s)
    {
        char c = s.Peek();
        if (c == 'L') return Primary(s);
        if (c == 'T') return TypeParser.Parameter(s);
        if (c == 'f' && (s.Peek(1) == 'p' || (s.Peek(1) == 'L' && char.IsAsciiDigit(s.Peek(2))))) return FunctionParameter(s);
        if (c == 'f' && s.Peek(1) is 'l' or 'r' or 'L' or 'R') return Fold(s);
        if (s.Take("sr")) return Scoped(s);
        if (s.Take("sp")) return Parse(s) is { } pattern ? new ExpansionNode(pattern) : null;
        if (s.Take("sZ")) return (s.Peek() == 'T' ? TypeParser.Parameter(s) : FunctionParameter(s)) is { } pack ? new PackSizeNode(pack) : null;
        if (s.Take("sP")) return List(s) is { } packed ? new ListNode("sizeof...(", packed, ")") : null;
        if (s.Take("il")) return List(s) is { } values ? new ListNode("{", values, "}", isSimple: true) : null;
        if (s.Take("tl")) return TypeParser.Parse(s) is { } type && List(s) is { } fields ? new PairNode("", type, "", new ListNode("{", fields, "}")) : null;
        if (s.Take("cv")) return Cast(s);
        if (s.Take("cl")) return List(s) is [var function, .. var arguments] ? new CallNode(function, arguments) : null;
        if (s.Take("cp")) return List(s) is [var plain, .. var given] ? new CallNode(plain, given) : null;
        if (s.Take("ti")) return TypeParser.Parse(s) is { } of ? new WrappedNode("typeid (", of, ")") : null;
        if (s.Take("te")) return Parse(s) is { } value ? new WrappedNode("typeid (", value, ")") : null;
        if (s.Take("tr")) return new TextNode("throw");
        if (s.Take("nx")) return Parse(s) is { } tested ? new WrappedNode("noexcept (", tested, ")") : null;
        if (s.Take("st")) return TypeParser.Parse(s) is { } sized ? new WrappedNode("sizeof (", sized, ")") : null;
        if (s.Take("at")) return TypeParser.Parse(s) is { } aligned ? new WrappedNode("alignof (", aligned, ")") : null;
        if (c == 'n' && s.Peek(1) is 'w' or 'a') return New(s);
        if (s.Take("on")) return Unresolved(s, isOperator: true);
        if (s.Peek() == 'd' && s.Peek(1) == 'n') return Unresolved(s, isOperator: false);
        if (char.IsAsciiDigit(c)) return Unresolved(s, isOperator: false);
        return Operator(s);
    }

    private static Node? Operator(MangledText s)
    {
        string code = $"{s.Peek()}{s.Peek(1)}";
        if (!OperatorTable.All.TryGetValue(code, out (string Text, int Operands) found)) return null;
        s.At += 2;
        if (code == "gs") return Parse(s) is { } global ? new WrappedNode("::", global) : null;
        if (s_casts.TryGetValue(code, out string? cast))
        {
            return TypeParser.Parse(s) is { } type && Parse(s) is { } value ? new PairNode($"{cast}<", type, ">(", value, ")") : null;
        }

        if (found.Operands == 1)
        {
            bool isPrefix = s.Take('_') || code is not ("pp" or "mm");
            if (Parse(s) is not { } operand) return null;
            // the address of a member function is shown without its parameters
            if (code == "ad" && operand is FunctionNode { Name: NestedNode qualified }) operand = qualified;
            return new OperatorNode(found.Text, [operand], isPrefix ? OperatorForm.Prefix : OperatorForm.Postfix);
        }

        if (Parse(s) is not { } left) return null;
        if (code is "dt" or "pt") return Parse(s) is { } member ? new OperatorNode(found.Text, [left, member], OperatorForm.Binary) : null;
        if (Parse(s) is not { } right) return null;
        if (code == "ix") return new OperatorNode("", [left, right], OperatorForm.Index);
        if (found.Operands == 2) return new OperatorNode(found.Text, [left, right], OperatorForm.Binary);
        return code == "qu" && Parse(s) is { } third ? new OperatorNode("", [left, right, third], OperatorForm.Conditional) : null;
    }

    private static List<Node>? List(MangledText s)
    {
        List<Node> nodes = [];
        while (!s.Take('E'))
        {
            if (Parse(s) is not { } node) return null;
            nodes.Add(node);
        }

        return nodes;
    }

    private static Node? Cast(MangledText s)
    {
        if (TypeParser.Parse(s) is not { } type) return null;
        if (s.Take('_')) return List(s) is { } values ? new CastNode(type, values) : null;
        return Parse(s) is { } value ? new CastNode(type, [value]) : null;
    }

    private static Node? New(MangledText s)
    {
        string word = s.Peek(1) == 'a' ? "new[] " : "new ";
        s.At += 2;
        List<Node> placement = [];
        while (!s.Take('_'))
        {
            if (Parse(s) is not { } one) return null;
            placement.Add(one);
        }

        if (TypeParser.Parse(s) is not { } type) return null;
        List<Node>? values = null;
        if (s.Take("pi")) values = List(s);
        else if (!s.Take('E')) return null;
        Node made = values is null ? type : new PairNode("", type, "(", new ListNode("", values), ")");
        return placement.Count == 0 ? new WrappedNode(word, made) : new PairNode($"{word.TrimEnd()} (", new ListNode("", placement), ") ", made);
    }

    private static Node? Fold(MangledText s)
    {
        char kind = s.Peek(1);
        s.At += 2;
        if (!OperatorTable.All.TryGetValue($"{s.Peek()}{s.Peek(1)}", out (string Text, int Operands) found)) return null;
        s.At += 2;
        if (Parse(s) is not { } first) return null;
        Node? second = null;
        if (kind is 'L' or 'R')
        {
            second = Parse(s);
            if (second is null) return null;
        }

        string op = found.Text;
        return kind switch
        {
            'l' => new WrappedNode($"(...{op}", new OperatorNode("", [first], OperatorForm.Prefix), ")"),
            'r' => new WrappedNode("(", new OperatorNode($"{op}...", [first], OperatorForm.Postfix), ")"),
            _ => new WrappedNode("(", new OperatorNode($"{op}...{op}", [first, second!], OperatorForm.Binary), ")"),
        };
    }

    private static Node? FunctionParameter(MangledText s)
    {
        if (s.Take("fpT")) return new TextNode("this");
        if (s.Take("fL"))
        {
            if (s.Number() < 0 || !s.Take('p')) return null;
        }
        else if (!s.Take("fp"))
        {
            return null;
        }

        TypeParser.Qualifiers(s);
        int number = s.Ordinal();
        return number < 0 ? null : new TextNode($"{{parm#{(number + 1).ToString(CultureInfo.InvariantCulture)}}}");
    }

    /// <summary><c>A::b</c> where A depends on template parameters.</summary>
    private static Node? Scoped(MangledText s)
    {
        if (s.Take('N'))
        {
            if (ScopeType(s) is not { } scope) return null;
            while (!s.Take('E'))
            {
                if (SimpleName(s) is not { } part) return null;
                scope = new NestedNode(scope, part);
            }

            return Base(s) is { } inner ? new NestedNode(scope, inner) : null;
        }

        if (char.IsAsciiDigit(s.Peek()))
        {
            Node? names = null;
            while (!s.Take('E'))
            {
                if (SimpleName(s) is not { } part) return null;
                names = names is null ? part : new NestedNode(names, part);
            }

            return names is not null && Base(s) is { } last ? new NestedNode(names, last) : null;
        }

        return ScopeType(s) is { } type && Base(s) is { } name ? new NestedNode(type, name) : null;
    }

    private static Node? ScopeType(MangledText s) => TypeParser.Parse(s);

    private static Node? SimpleName(MangledText s)
    {
        if (NameParser.Source(s) is not { } name) return null;
        return s.Peek() != 'I' ? name : NameParser.Arguments(s, isSymbolName: false) is { } arguments ? new TemplateNode(name, arguments) : null;
    }

    private static Node? Base(MangledText s)
    {
        if (char.IsAsciiDigit(s.Peek())) return SimpleName(s);
        if (s.Take("dn")) return (char.IsAsciiDigit(s.Peek()) ? SimpleName(s) : TypeParser.Parse(s)) is { } destroyed ? new WrappedNode("~", destroyed) : null;
        s.Take("on");
        return Unresolved(s, isOperator: true);
    }

    private static Node? Unresolved(MangledText s, bool isOperator)
    {
        if (!isOperator) return Base(s);
        if (NameParser.Unqualified(s, null, null) is not { } name) return null;
        return s.Peek() != 'I' ? name : NameParser.Arguments(s, isSymbolName: false) is { } arguments ? new TemplateNode(name, arguments) : null;
    }

    private static Node? Primary(MangledText s)
    {
        s.At++;
        if (s.Take("_Z") || s.Peek() == 'Z')
        {
            s.Take('Z');
            return EncodingParser.Parse(s, isWhole: true) is { } symbol && s.Take('E') ? symbol : null;
        }

        if (TypeParser.Parse(s) is not { } type) return null;
        int start = s.At;
        bool negative = s.Take('n');
        string rest = s.Rest;
        int end = rest.IndexOf('E', StringComparison.Ordinal);
        if (end < 0) return null;
        string value = s.Take(end)!;
        s.At++;
        if (s.At - start > 4096) return null;
        if (value.Length == 0) return type is TextNode { Text: "decltype(nullptr)" } ? new TextNode("(decltype(nullptr))0") : type; // a lambda or a string
        return new LiteralNode(type, (negative ? "-" : "") + value);
    }
}
