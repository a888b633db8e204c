// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Binding;

/// <summary>Goes through a tree without changing it.</summary>
internal static class TreeWalk
{
    /// <summary>Calls for each node from the outside in; where it says false, what is inside is skipped.</summary>
    public static void Visit(Node? node, Func<Node, bool> visit)
    {
        if (node is null || !visit(node)) return;
        TreeDepth.Check(node);
        switch (node)
        {
            case Probe n: Visit(n.Predicate, visit); Visit(n.Body, visit); break;
            case Subprogram n: Visit(n.Body, visit); break;
            case Block n: VisitAll(n.Statements, visit); break;
            case ExpressionStatement n: Visit(n.Value, visit); break;
            case Let n: Visit(n.Variable, visit); Visit(n.DeclaredType, visit); Visit(n.Value, visit); break;
            case Assignment n: Visit(n.Target, visit); Visit(n.Value, visit); break;
            case If n: Visit(n.Condition, visit); Visit(n.Then, visit); Visit(n.Otherwise, visit); break;
            case Unroll n: Visit(n.Count, visit); Visit(n.Body, visit); break;
            case While n: Visit(n.Condition, visit); Visit(n.Body, visit); break;
            case ForMap n: Visit(n.Variable, visit); Visit(n.Map, visit); Visit(n.Body, visit); break;
            case ForRange n: Visit(n.Variable, visit); Visit(n.From, visit); Visit(n.To, visit); Visit(n.Body, visit); break;
            case Return n: Visit(n.Value, visit); break;
            case MapAccess n: Visit(n.Target, visit); Visit(n.Key, visit); break;
            case Call n: VisitAll(n.Arguments, visit); break;
            case Unary n: Visit(n.Operand, visit); break;
            case Binary n: Visit(n.Left, visit); Visit(n.Right, visit); break;
            case Conditional n: Visit(n.Condition, visit); Visit(n.Then, visit); Visit(n.Otherwise, visit); break;
            case FieldAccess n: Visit(n.Target, visit); break;
            case TupleAccess n: Visit(n.Target, visit); break;
            case ArrayAccess n: Visit(n.Target, visit); Visit(n.Index, visit); break;
            case Cast n: Visit(n.Target, visit); Visit(n.Operand, visit); break;
            case SizeOf n: Visit(n.OfType, visit); Visit(n.OfValue, visit); break;
            case OffsetOf n: Visit(n.OfType, visit); Visit(n.OfValue, visit); break;
            case TypeInfo n: Visit(n.OfType, visit); Visit(n.OfValue, visit); break;
            case TypeName n: Visit(n.OfValue, visit); VisitAll(n.Members, visit); break;
            case TupleLiteral n: VisitAll(n.Items, visit); break;
            case BlockExpression n: VisitAll(n.Statements, visit); Visit(n.Value, visit); break;
            case Comptime n: Visit(n.Operand, visit); break;
        }
    }

    private static void VisitAll<T>(List<T> nodes, Func<Node, bool> visit) where T : Node
    {
        foreach (T node in nodes) Visit(node, visit);
    }
}
