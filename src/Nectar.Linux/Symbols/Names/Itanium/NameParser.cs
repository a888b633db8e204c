// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>What the type behind a name depends on.</summary>
internal sealed class NameInfo
{
    /// <summary>True if the name ends with template arguments: then the function's result type is mangled too.</summary>
    internal bool EndsWithArguments { get; set; }

    /// <summary>Constructors, destructors and conversions have no result type.</summary>
    internal bool IsStructorOrConversion { get; set; }

    /// <summary><c>const</c> and such of a member function, with a blank before.</summary>
    internal string Qualifiers { get; set; } = "";
}

/// <summary>Reads names: nested, local, of templates, of operators, of lambdas. With a <see cref="NameInfo"/> it is a symbol's name, else one within a type.</summary>
internal static class NameParser
{
    internal static Node? Parse(MangledText s, NameInfo? info)
    {
        if (!s.Enter()) return null;
        Node? name = s.Peek() switch
        {
            'N' => Nested(s, info),
            'Z' => Local(s, info),
            _ => Plain(s, info),
        };
        s.Leave();
        return name;
    }

    /// <summary><c>I … E</c>; of a symbol's name they become what <c>T_</c> refers to.</summary>
    internal static List<Node>? Arguments(MangledText s, bool isSymbolName)
    {
        if (!s.Take('I') && !s.Take('J')) return null;
        if (isSymbolName) s.Arguments = [];
        bool outer = s.MayTakeArguments;
        s.MayTakeArguments = true;
        List<Node> arguments = [];
        bool good = true;
        while (good && !s.Take('E'))
        {
            Node? argument = ExpressionParser.Argument(s);
            good = argument is not null;
            if (!good) break;
            arguments.Add(argument!);
            if (isSymbolName) s.Arguments.Add(argument is ListNode { IsPack: true } pack ? new ParameterPackNode(pack.Nodes) : argument!);
        }

        s.MayTakeArguments = outer;
        return good ? arguments : null;
    }

    /// <summary><c>St</c>, <c>Sa</c>, <c>S_</c>, <c>S0_</c> …: something that was there before, or the standard library.</summary>
    internal static Node? Substitution(MangledText s)
    {
        if (!s.Take('S')) return null;
        if (OperatorTable.Standard(s.Peek()) is { } standard)
        {
            s.At++;
            Node tagged = Tags(s, standard);
            if (!ReferenceEquals(tagged, standard)) s.Substitutions.Add(tagged);
            return tagged;
        }

        long index = 0;
        if (!s.Take('_'))
        {
            int digits = 0;
            for (; char.IsAsciiDigit(s.Peek()) || char.IsAsciiLetterUpper(s.Peek()); digits++)
            {
                if (digits > 5) return null;
                char c = s.Take(1)![0];
                index = (index * 36) + (char.IsAsciiDigit(c) ? c - '0' : c - 'A' + 10);
            }

            if (digits == 0 || !s.Take('_')) return null;
            index++;
        }

        return index < s.Substitutions.Count ? s.Substitutions[(int)index] : null;
    }

    /// <summary>A name without scope; <paramref name="scope"/> is what constructors are named after.</summary>
    internal static Node? Unqualified(MangledText s, NameInfo? info, Node? scope)
    {
        s.Take('L'); // internal linkage
        char c = s.Peek();
        Node? name;
        if (char.IsAsciiDigit(c)) name = Source(s);
        else if (c == 'U') name = Unnamed(s);
        else if (c == 'D' && s.Peek(1) == 'C') name = Binding(s);
        else if (c is 'C' or 'D' && scope is not null) name = Structor(s, info, scope);
        else name = OperatorName(s, info);
        return name is null ? null : Tags(s, name);
    }

    internal static TextNode? Source(MangledText s)
    {
        int length = s.Number();
        if (length <= 0 || s.Take(length) is not { } text) return null;
        // what g++ calls namespaces without a name
        bool isAnonymous = text.Length >= 10 && text.StartsWith("_GLOBAL_", StringComparison.Ordinal) && text[8] is '.' or '_' or '$' && text[9] == 'N';
        return new TextNode(isAnonymous ? "(anonymous namespace)" : text);
    }

    private static Node Tags(MangledText s, Node name)
    {
        while (s.Peek() == 'B' && char.IsAsciiDigit(s.Peek(1)))
        {
            s.At++;
            if (Source(s) is not { } tag) break;
            name = new TaggedNode(name, tag.Text);
        }

        return name;
    }

    private static Node? Plain(MangledText s, NameInfo? info)
    {
        Node? name;
        bool isSubstitution = s.Peek() == 'S' && s.Peek(1) != 't';
        if (isSubstitution)
        {
            name = Substitution(s);
            if (s.Peek() != 'I') return null;
        }
        else
        {
            bool isStandard = s.Take("St");
            Node? standard = isStandard ? new TextNode("std") : null;
            name = Unqualified(s, info, standard);
            if (name is not null && isStandard) name = new NestedNode(standard!, name);
        }

        if (name is null || s.Peek() != 'I') return name;
        if (!isSubstitution) s.Substitutions.Add(name);
        if (Arguments(s, info is not null) is not { } arguments) return null;
        if (info is not null) info.EndsWithArguments = true;
        return new TemplateNode(name, arguments);
    }

    private static Node? Nested(MangledText s, NameInfo? info)
    {
        s.At++;
        string qualifiers = TypeParser.Qualifiers(s);
        if (s.Take('O')) qualifiers += " &&";
        else if (s.Take('R')) qualifiers += " &";
        Node? name = null;
        while (!s.Take('E'))
        {
            if (info is not null) info.EndsWithArguments = false;
            if (s.Peek() == 'S' && s.Peek(1) != 't')
            {
                Node? known = Substitution(s);
                if (known is null || name is not null) return null;
                name = known;
                continue; // it is known already
            }

            switch (s.Peek())
            {
                case 'T' when name is null:
                    name = TypeParser.Parameter(s);
                    break;
                case 'I':
                    if (name is null || name is TemplateNode || Arguments(s, info is not null) is not { } arguments) return null;
                    if (info is not null) info.EndsWithArguments = true;
                    name = new TemplateNode(name, arguments);
                    break;
                case 'D' when s.Peek(1) is 't' or 'T':
                    if (name is not null) return null;
                    name = TypeParser.Decltype(s);
                    break;
                case 'S':
                    s.At += 2;
                    if (name is not null) return null;
                    name = new TextNode("std");
                    continue;
                default:
                    Node? part = Unqualified(s, info, name);
                    name = part is null ? null : name is null ? part : new NestedNode(name, part);
                    break;
            }

            if (name is null) return null;
            s.Take('M'); // the scope of a lambda in a member's initialiser
            s.Substitutions.Add(name);
        }

        // The whole name is no part of itself: only a type that it stands for can be referred to.
        if (name is null || s.Substitutions.Count == 0) return null;
        if (s.Substitutions.Count > 0 && ReferenceEquals(s.Substitutions[^1], name)) s.Substitutions.RemoveAt(s.Substitutions.Count - 1);
        if (info is not null) info.Qualifiers = qualifiers;
        return name;
    }

    private static Node? Local(MangledText s, NameInfo? info)
    {
        s.At++;
        if (EncodingParser.Parse(s) is not { } function || !s.Take('E')) return null;
        Node scope = function;
        if (s.Take('s'))
        {
            Discriminator(s);
            return new NestedNode(scope, new TextNode("string literal"));
        }

        if (s.Take('d'))
        {
            int number = s.Ordinal();
            if (number < 0 || Parse(s, info) is not { } inDefault) return null;
            return new NestedNode(new PairNode("", scope, "::", new TextNode($"{{default arg#{number + 1}}}")), inDefault);
        }

        if (Parse(s, info) is not { } entity) return null;
        Discriminator(s);
        return new NestedNode(scope, entity);
    }

    private static void Discriminator(MangledText s)
    {
        if (s.Peek() != '_') return;
        if (s.Peek(1) == '_' && char.IsAsciiDigit(s.Peek(2)))
        {
            int start = s.At;
            s.At += 2;
            s.Number();
            if (!s.Take('_')) s.At = start;
        }
        else if (char.IsAsciiDigit(s.Peek(1)))
        {
            s.At += 2;
        }
    }

    private static Node? Structor(MangledText s, NameInfo? info, Node scope)
    {
        bool isDestructor = s.Take('D');
        bool inherits = !isDestructor && s.Take('C') && s.Take('I');
        if (!char.IsAsciiDigit(s.Peek())) return null;
        s.At++;
        if (inherits && Parse(s, null) is null) return null;
        if (info is not null) info.IsStructorOrConversion = true;
        return new StructorNode(scope, isDestructor);
    }

    /// <summary>Lambdas and types without a name, counted within their function.</summary>
    private static Node? Unnamed(MangledText s)
    {
        if (s.Take("Ut"))
        {
            int number = s.Ordinal();
            return number < 0 ? null : new TextNode($"{{unnamed type#{(number + 1).ToString(CultureInfo.InvariantCulture)}}}");
        }

        if (!s.Take("Ul")) return null;
        bool outer = s.IsInLambda;
        s.IsInLambda = true;
        List<Node> parameters = [];
        bool good = true;
        while (good && s.Peek() == 'T' && s.Peek(1) is 'y' or 'n' or 't' or 'p') good = TypeParser.SkipParameterDeclaration(s);
        if (!s.Take('v'))
        {
            while (good && s.Peek() != 'E')
            {
                Node? parameter = TypeParser.Parse(s);
                good = parameter is not null;
                if (good) parameters.Add(parameter!);
            }
        }

        s.IsInLambda = outer;
        if (!good || !s.Take('E')) return null;
        int ordinal = s.Ordinal();
        return ordinal < 0 ? null : new LambdaNode(parameters, ordinal + 1);
    }

    private static Node? Binding(MangledText s)
    {
        s.At += 2;
        List<Node> names = [];
        while (!s.Take('E'))
        {
            if (Source(s) is not { } one) return null;
            names.Add(one);
        }

        return new ListNode("[", names, "]");
    }

    private static Node? OperatorName(MangledText s, NameInfo? info)
    {
        if (s.Take("cv"))
        {
            (bool arguments, bool forward) = (s.MayTakeArguments, s.MayForward);
            s.MayTakeArguments = false;
            s.MayForward |= info is not null;
            Node? type = TypeParser.Parse(s);
            (s.MayTakeArguments, s.MayForward) = (arguments, forward);
            if (info is not null) info.IsStructorOrConversion = true;
            return type is null ? null : new WrappedNode("operator ", type);
        }

        if (s.Take("li")) return Source(s) is { } suffix ? new WrappedNode("operator\"\" ", suffix) : null;
        if (s.Peek() == 'v' && char.IsAsciiDigit(s.Peek(1)))
        {
            s.At += 2;
            return Source(s) is { } vendor ? new WrappedNode("operator ", vendor) : null;
        }

        if (!OperatorTable.All.TryGetValue($"{s.Peek()}{s.Peek(1)}", out (string Text, int Operands) found)) return null;
        s.At += 2;
        string text = found.Text.TrimEnd();
        return new TextNode(char.IsAsciiLetterLower(text[0]) ? $"operator {text}" : $"operator{text}");
    }
}
