// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>Reads types.</summary>
internal static class TypeParser
{
    internal static Node? Parse(MangledText s)
    {
        if (!s.Enter()) return null;
        Node? type = Read(s);
        s.Leave();
        return type;
    }

    /// <summary><c>r V K</c> as words with a blank before each, in the order that binutils writes them.</summary>
    internal static string Qualifiers(MangledText s)
    {
        // they are mangled from the outermost to the innermost; written behind the type it is the other way round
        string text = "";
        bool isRestrict = s.Take('r'), isVolatile = s.Take('V'), isConst = s.Take('K');
        if (isConst) text += " const";
        if (isVolatile) text += " volatile";
        if (isRestrict) text += " __restrict";
        return text;
    }

    /// <summary><c>T_</c>, <c>T0_</c> …: the argument it stands for.</summary>
    internal static Node? Parameter(MangledText s)
    {
        if (!s.Take('T')) return null;
        if (s.Take('L') && (s.Number() < 0 || !s.Take('_'))) return null;
        int index = s.Take('_') ? 0 : s.Number() is var n and >= 0 && s.Take('_') ? n + 1 : -1;
        if (index < 0) return null;
        if (s.IsInLambda) return new ParameterNode(index, new TextNode($"auto:{index + 1}"));
        if (index < s.Arguments.Count) return new ParameterNode(index, s.Arguments[index]);
        if (!s.MayForward) return null;
        ForwardNode forward = new(index);
        s.Forwards.Add(forward);
        return forward;
    }

    internal static Node? Decltype(MangledText s)
    {
        if (!s.Take("Dt") && !s.Take("DT")) return null;
        return ExpressionParser.Parse(s) is { } expression && s.Take('E') ? new WrappedNode("decltype (", expression, ")") : null;
    }

    /// <summary>What a lambda with explicit template parameters says of them.</summary>
    internal static bool SkipParameterDeclaration(MangledText s)
    {
        s.At++;
        if (s.Take('y')) return true;
        if (s.Take('n')) return Parse(s) is not null;
        if (s.Take('p')) return s.Peek() == 'T' && SkipParameterDeclaration(s);
        if (!s.Take('t')) return false;
        while (s.Peek() == 'T')
        {
            if (!SkipParameterDeclaration(s)) return false;
        }

        return s.Take('E');
    }

    private static Node? Read(MangledText s)
    {
        char c = s.Peek();
        Node? type;
        switch (c)
        {
            case 'r' or 'V' or 'K':
                type = Qualified(s);
                break;
            case 'U':
                type = VendorQualified(s);
                break;
            case 'u':
                s.At++;
                type = NameParser.Source(s);
                break;
            case 'D':
                if (OperatorTable.BuiltinD(s.Peek(1)) is { } builtin)
                {
                    s.At += 2;
                    return new TextNode(builtin);
                }

                type = ReadD(s);
                if (type is TextNode) return type;
                break;
            case 'F':
                type = Function(s, "");
                break;
            case 'A':
                type = Array(s);
                break;
            case 'M':
                s.At++;
                type = Parse(s) is { } scope && Parse(s) is { } member ? new MemberPointerNode(scope, member) : null;
                break;
            case 'T':
                if (s.Peek(1) is 's' or 'u' or 'e')
                {
                    type = NameParser.Parse(Skip(s, 2), null);
                    break;
                }

                type = Parameter(s);
                if (type is not null && s.Peek() == 'I' && s.MayTakeArguments)
                {
                    s.Substitutions.Add(type);
                    type = NameParser.Arguments(s, isSymbolName: false) is { } arguments ? new TemplateNode(type, arguments) : null;
                }

                break;
            case 'P' or 'R' or 'O':
                s.At++;
                type = Parse(s) is { } target ? new PointerNode(target, c switch { 'P' => "*", 'R' => "&", _ => "&&" }) : null;
                break;
            case 'C':
                type = Parse(Skip(s, 1)) is { } real ? new QualifiedNode(real, " _Complex") : null;
                break;
            case 'G':
                type = Parse(Skip(s, 1)) is { } imaginary ? new QualifiedNode(imaginary, " _Imaginary") : null;
                break;
            case 'S' when s.Peek(1) != 't':
                type = NameParser.Substitution(s);
                if (type is null || s.Peek() != 'I' || !s.MayTakeArguments) return type;
                type = NameParser.Arguments(s, isSymbolName: false) is { } given ? new TemplateNode(type, given) : null;
                break;
            default:
                if (OperatorTable.Builtin(c) is { } name)
                {
                    s.At++;
                    return new TextNode(name);
                }

                type = NameParser.Parse(s, null);
                break;
        }

        if (type is not null) s.Substitutions.Add(type);
        return type;
    }

    private static MangledText Skip(MangledText s, int count)
    {
        s.At += count;
        return s;
    }

    private static Node? Qualified(MangledText s)
    {
        string words = Qualifiers(s);
        if (s.Peek() == 'F' || (s.Peek() == 'D' && s.Peek(1) is 'o' or 'O' or 'w' or 'x')) return Function(s, words);
        return Parse(s) is { } type ? new QualifiedNode(type, words) : null;
    }

    private static Node? VendorQualified(MangledText s)
    {
        s.At++;
        if (NameParser.Source(s) is not { } word) return null;
        string shown = word.Text;
        if (s.Peek() == 'I' && NameParser.Arguments(s, isSymbolName: false) is null) return null;
        return Parse(s) is { } type ? new QualifiedNode(type, " " + shown) : null;
    }

    private static Node? ReadD(MangledText s)
    {
        switch (s.Peek(1))
        {
            case 't' or 'T':
                return Decltype(s);
            case 'p':
                return Parse(Skip(s, 2)) is { } pattern ? new ExpansionNode(pattern) : null;
            case 'v':
                return Vector(Skip(s, 2));
            case 'F':
                s.At += 2;
                int bits = s.Number();
                if (s.Take('b')) return new TextNode("std::bfloat16_t");
                bool extended = s.Take('x');
                return bits > 0 && (extended || s.Take('_')) ? new TextNode($"_Float{bits}{(extended ? "x" : "")}") : null;
            case 'B' or 'U':
                bool isUnsigned = s.Peek(1) == 'U';
                s.At += 2;
                int width = s.Number();
                return width > 0 && s.Take('_') ? new TextNode($"{(isUnsigned ? "unsigned " : "")}_BitInt({width})") : null;
            case 'o' or 'O' or 'w' or 'x':
                return Function(s, "");
            default:
                return null;
        }
    }

    private static Node? Vector(MangledText s)
    {
        Node? size;
        if (s.Take('_')) size = ExpressionParser.Parse(s);
        else size = s.Number() is var n and >= 0 ? new TextNode($"{n}") : null;
        if (size is null || !s.Take('_') || Parse(s) is not { } element) return null;
        return new PairNode("", element, " __vector(", size, ")");
    }

    private static Node? Array(MangledText s)
    {
        s.At++;
        Node? size = null;
        if (!s.Take('_'))
        {
            size = char.IsAsciiDigit(s.Peek()) ? new TextNode(s.SignedNumber()) : ExpressionParser.Parse(s);
            if (size is null || !s.Take('_')) return null;
        }

        return Parse(s) is { } element ? new ArrayNode(element, size) : null;
    }

    private static Node? Function(MangledText s, string qualifiers)
    {
        string exceptions = "";
        if (s.Take("Do")) exceptions = " noexcept";
        else if (s.Take("DO"))
        {
            if (ExpressionParser.Parse(s) is not { } condition || !s.Take('E')) return null;
            DemangleOutput text = new();
            condition.Print(text);
            exceptions = text.IsOver ? "" : $" noexcept({text})";
        }
        else if (s.Take("Dw"))
        {
            List<Node> thrown = [];
            while (!s.Take('E'))
            {
                if (Parse(s) is not { } type) return null;
                thrown.Add(type);
            }

            DemangleOutput text = new();
            Node.PrintList(thrown, text);
            exceptions = $" throw({text})";
        }

        if (s.Take("Dx")) exceptions += " transaction_safe";
        if (!s.Take('F')) return null;
        s.Take('Y'); // extern "C"
        if (Parse(s) is not { } result) return null;
        List<Node> parameters = [];
        string reference = "";
        while (true)
        {
            if (s.Take('E')) break;
            if (s.Take('v')) continue;
            if (s.Take("RE"))
            {
                reference = " &";
                break;
            }

            if (s.Take("OE"))
            {
                reference = " &&";
                break;
            }

            if (Parse(s) is not { } parameter) return null;
            parameters.Add(parameter);
        }

        return new FunctionTypeNode(result, parameters, qualifiers + reference + exceptions);
    }
}
