// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>A number or other literal: plain for <c>int</c>, with a suffix for other integers, with the type before it else.</summary>
internal sealed class LiteralNode(Node type, string value) : Node
{
    private static readonly Dictionary<string, string> s_suffixes = new() { ["int"] = "", ["unsigned int"] = "u", ["long"] = "l", ["unsigned long"] = "ul", ["long long"] = "ll", ["unsigned long long"] = "ull" };

    protected override void Left(DemangleOutput o)
    {
        string? name = (type as TextNode)?.Text;
        if (name is not null && s_suffixes.TryGetValue(name, out string? suffix)) o.Add(value + suffix);
        else if (name == "bool" && value is "0" or "1") o.Add(value == "1" ? "true" : "false");
        else
        {
            o.Add("(");
            type.Print(o);
            o.Add(name is "float" or "double" or "long double" or "__float128" ? $")[{value}]" : ")" + value);
        }
    }
}

/// <summary>An operator with its operands, in the form of binutils: operands in brackets unless they are names.</summary>
internal sealed class OperatorNode(string text, IReadOnlyList<Node> operands, OperatorForm form) : Node
{
    protected override void Left(DemangleOutput o)
    {
        switch (form)
        {
            case OperatorForm.Prefix:
                o.Add(text);
                Operand(operands[0], o);
                break;
            case OperatorForm.Postfix:
                Operand(operands[0], o);
                o.Add(text);
                break;
            case OperatorForm.Index:
                Operand(operands[0], o);
                o.Add("[");
                operands[1].Print(o);
                o.Add("]");
                break;
            case OperatorForm.Conditional:
                Operand(operands[0], o);
                o.Add("?");
                Operand(operands[1], o);
                o.Add(" : ");
                Operand(operands[2], o);
                break;
            default:
                // a bare > would end the template arguments
                if (text == ">") o.Add("(");
                Operand(operands[0], o);
                o.Add(text);
                Operand(operands[1], o);
                if (text == ">") o.Add(")");
                break;
        }
    }

    internal static void Operand(Node node, DemangleOutput o)
    {
        if (!node.IsSimpleExpression) o.Add("(");
        node.Print(o);
        if (!node.IsSimpleExpression) o.Add(")");
    }
}

/// <summary>Where an operator stands.</summary>
internal enum OperatorForm : byte
{
    Prefix,
    Postfix,
    Binary,
    Index,
    Conditional,
}

/// <summary><c>f(a, b)</c>.</summary>
internal sealed class CallNode(Node function, IReadOnlyList<Node> arguments) : Node
{
    protected override void Left(DemangleOutput o)
    {
        OperatorNode.Operand(function is FunctionNode full ? full.Name : function, o);
        o.Add("(");
        PrintList(arguments, o);
        o.Add(")");
    }
}

/// <summary><c>(T)(a)</c>.</summary>
internal sealed class CastNode(Node type, IReadOnlyList<Node> values) : Node
{
    protected override void Left(DemangleOutput o)
    {
        o.Add("(");
        type.Print(o);
        o.Add(")(");
        PrintList(values, o);
        o.Add(")");
    }
}

/// <summary><c>sizeof...(T)</c>: the number, as the pack is known.</summary>
internal sealed class PackSizeNode(Node pack) : Node
{
    protected override void Left(DemangleOutput o)
    {
        if ((pack is ParameterNode parameter ? parameter.Target(o) : pack) is ParameterPackNode known)
        {
            o.Add(known.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return;
        }

        o.Add("sizeof...(");
        pack.Print(o);
        o.Add(")");
    }
}
