// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Syntax;

/// <summary>A tree with a node a line (<c>-d ast</c>); types stand behind values once they are known.</summary>
internal static class AstDump
{
    public static string Dump(Script script)
    {
        StringBuilder text = new("Program\n");
        foreach (TextSpan c in script.C) Line(text, 1, "c: " + c.Text.ReplaceLineEndings(" "));
        foreach (Import import in script.Imports) Line(text, 1, $"import: {import.Path}");
        foreach (ConfigAssignment config in script.Config) Write(text, 1, $"config: {config.Key}", config.Value);
        foreach (MapDeclaration map in script.Maps) Write(text, 1, $"map: {map.Name} {map.Kind}", map.MaxEntries);
        foreach (Macro macro in script.Macros)
        {
            Line(text, 1, $"macro: {macro.Name}({string.Join(", ", macro.Parameters.Select(AstPrinter.Describe))})");
            Write(text, 2, macro.Body);
        }

        foreach (Subprogram f in script.Functions)
        {
            Line(text, 1, $"fn: {f.Name}({string.Join(", ", f.Parameters.Select(p => $"{p.Variable.Name} : {AstPrinter.Describe(p.Type)}"))}) : {AstPrinter.Describe(f.Result)}");
            Write(text, 2, f.Body);
        }

        foreach (Probe probe in script.Probes) Dump(text, probe);
        return text.ToString();
    }

    /// <summary>One probe.</summary>
    public static string Dump(Probe probe)
    {
        StringBuilder text = new();
        Dump(text, probe);
        return text.ToString();
    }

    private static void Dump(StringBuilder text, Probe probe)
    {
        Line(text, 1, "probe");
        foreach (AttachPoint point in probe.AttachPoints) Line(text, 2, point.Name is null ? point.Text : $"{point.Name}={point.Text}");
        if (probe.Predicate is not null) Write(text, 2, "predicate", probe.Predicate);
        Write(text, 2, probe.Body);
    }

    private static void Line(StringBuilder text, int depth, string line) => text.Append(' ', depth).Append(line).Append('\n');

    private static void Write(StringBuilder text, int depth, string label, params ReadOnlySpan<Node?> children)
    {
        Line(text, depth, label);
        foreach (Node? child in children)
        {
            if (child is not null) Write(text, depth + 1, child);
        }
    }

    private static void WriteAll(StringBuilder text, int depth, string label, IEnumerable<Node> children)
    {
        Line(text, depth, label);
        foreach (Node child in children) Write(text, depth + 1, child);
    }

    private static void Write(StringBuilder text, int depth, Node node)
    {
        TreeDepth.Check(node);
        string type = node is Expression { Type: { Kind: not TypeKind.None } known } ? $" :: [{known}]" : "";
        switch (node)
        {
            case Block n: WriteAll(text, depth, "block", n.Statements); break;
            case ExpressionStatement n: Write(text, depth, n.IsDiscard ? "discard" : "expression", n.Value); break;
            case Let n: Write(text, depth, $"let {n.Variable.Name}{(n.DeclaredType is null ? "" : $" : {AstPrinter.Describe(n.DeclaredType)}")}", n.Value); break;
            case Assignment n: Write(text, depth, n.Operator is null ? "=" : $"{n.Operator}=", n.Target, n.Value); break;
            case If n: Write(text, depth, n.IsComptime ? "if comptime" : "if", n.Condition, n.Then, n.Otherwise); break;
            case Unroll n: Write(text, depth, "unroll", n.Count, n.Body); break;
            case While n: Write(text, depth, "while", n.Condition, n.Body); break;
            case ForMap n: Write(text, depth, "for", n.Variable, n.Map, n.Body); break;
            case ForRange n: Write(text, depth, "for range", n.Variable, n.From, n.To, n.Body); break;
            case Return n: Write(text, depth, "return", n.Value); break;
            case Break: Line(text, depth, "break"); break;
            case Continue: Line(text, depth, "continue"); break;
            case ImportStatement n: Line(text, depth, $"import: {n.Import.Path}"); break;
            case IntegerLiteral n: Line(text, depth, $"int: {n.Value}{type}"); break;
            case StringLiteral n: Line(text, depth, $"string: {n.Value.ReplaceLineEndings("\\n")}{type}"); break;
            case BooleanLiteral n: Line(text, depth, $"bool: {n.Value}"); break;
            case Identifier n: Line(text, depth, $"name: {n.Name}{type}"); break;
            case PositionalParameter n: Line(text, depth, $"parameter: {n.Number}{type}"); break;
            case VariableReference n: Line(text, depth, $"variable: {n.Name}{type}"); break;
            case MapReference n: Line(text, depth, $"map: {n.Name}{type}"); break;
            case MapAccess n: Write(text, depth, $"element{type}", n.Target, n.Key); break;
            case Call n: WriteAll(text, depth, $"call: {n.Name}{type}", n.Arguments); break;
            case Unary n: Write(text, depth, $"{n.Operator}{type}", n.Operand); break;
            case Binary n: Write(text, depth, $"{n.Operator}{type}", n.Left, n.Right); break;
            case Conditional n: Write(text, depth, $"{(n.IsIf ? "if value" : "?:")}{(n.IsComptime ? " comptime" : "")}{type}", n.Condition, n.Then, n.Otherwise); break;
            case FieldAccess n: Write(text, depth, $"{(n.IsArrow ? "->" : ".")}{n.Name}{type}", n.Target); break;
            case TupleAccess n: Write(text, depth, $".{n.Index}{type}", n.Target); break;
            case ArrayAccess n: Write(text, depth, $"[]{type}", n.Target, n.Index); break;
            case Cast n: Write(text, depth, $"cast: {AstPrinter.Describe(n.Target)}{type}", n.Operand); break;
            case SizeOf n: Write(text, depth, $"sizeof{TypeOf(n.OfType)}", n.OfValue); break;
            case OffsetOf n: Write(text, depth, $"{(n.IsQuestion ? "field_exists" : "offsetof")}{TypeOf(n.OfType)} {string.Join('.', n.Path)}", n.OfValue); break;
            case TypeInfo n: Write(text, depth, $"typeinfo{TypeOf(n.OfType)}", n.OfValue); break;
            case TypeArgument n: Line(text, depth, $"type: {AstPrinter.Describe(n.OfType)}"); break;
            case TupleLiteral n: WriteAll(text, depth, $"{(n.IsKeyList ? "keys" : "tuple")}{(n.Names.Count > 0 ? $" {string.Join(", ", n.Names)}" : "")}{type}", n.Items); break;
            case BlockExpression n: WriteAll(text, depth, $"block value{type}", [.. n.Statements, n.Value]); break;
            case Comptime n: Write(text, depth, "comptime", n.Operand); break;
        }
    }

    private static string TypeOf(TypeName? type) => type is null ? "" : $": {AstPrinter.Describe(type)}";
}
