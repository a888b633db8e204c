// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Nectar.Analyzers.Rules;

/// <summary>
/// <c>Ref</c> is absent until asked, and stale once its key is removed. Both are judged by the order of the text, so that what is reported is certain: a use
/// before any question, and a use in the statements behind a removal of the same block.
/// </summary>
internal static class ReferenceRules
{
    internal static void Check(IOperation body, ProbeSymbols symbols, MethodFindings findings)
    {
        List<ILocalReferenceOperation> uses = body.DescendantsAndSelf().OfType<ILocalReferenceOperation>().Where(use => ProbeSymbols.Is(use.Type, symbols.Ref)).OrderBy(use => use.Syntax.SpanStart).ToList();
        foreach (IGrouping<ISymbol, ILocalReferenceOperation> local in uses.GroupBy(use => (ISymbol)use.Local, SymbolEqualityComparer.Default))
        {
            ILocalReferenceOperation? first = local.FirstOrDefault(IsValue);
            if (first is not null && !local.Any(use => use.Syntax.SpanStart < first.Syntax.SpanStart && IsQuestion(use))) findings.Add(ProbeRules.Unchecked, first.Syntax, local.Key.Name);
        }

        foreach (IPropertyReferenceOperation value in body.DescendantsAndSelf().OfType<IPropertyReferenceOperation>())
        {
            if (value.Property.Name == "Value" && ProbeSymbols.Is(value.Property.ContainingType, symbols.Ref) && value.Instance is IInvocationOperation or IPropertyReferenceOperation { Property.IsIndexer: true } && value.Instance is { } source)
                findings.Add(ProbeRules.Unchecked, source.Syntax, source.Syntax.ToString());
        }

        foreach (IBlockOperation block in body.DescendantsAndSelf().OfType<IBlockOperation>()) Removals(block, body, symbols, findings);
    }

    private static void Removals(IBlockOperation block, IOperation body, ProbeSymbols symbols, MethodFindings findings)
    {
        for (int i = 0; i < block.Operations.Length; i++)
        {
            // Only a statement of its own surely removes.
            if (block.Operations[i] is not IExpressionStatementOperation { Operation: IInvocationOperation { TargetMethod.Name: "Remove", Instance: { } map } } || !ProbeSymbols.IsOrDerives(map.Type?.BaseType, symbols.Map) || MapOf(map) is not { } removed) continue;
            foreach (ILocalReferenceOperation use in block.Operations.Skip(i + 1).SelectMany(next => next.DescendantsAndSelf()).OfType<ILocalReferenceOperation>())
            {
                if (ProbeSymbols.Is(use.Type, symbols.Ref) && IsValue(use) && SymbolEqualityComparer.Default.Equals(OriginOf(body, use.Local), removed) && !IsAssignedBetween(body, use, block.Operations[i].Syntax.Span.End))
                {
                    findings.Add(ProbeRules.Stale, use.Syntax, use.Local.Name, removed.Name);
                    break;
                }
            }
        }
    }

    private static bool IsValue(ILocalReferenceOperation use) => use.Parent is IPropertyReferenceOperation { Property.Name: "Value" };

    /// <summary>A question is any use but of the value; a look-up that sets it is one if somebody looks at its result.</summary>
    private static bool IsQuestion(ILocalReferenceOperation use)
    {
        if (IsValue(use)) return false;
        if (use.Parent is IArgumentOperation { Parameter.RefKind: RefKind.Out, Parent: IInvocationOperation call }) return call.Parent is not IExpressionStatementOperation;
        if (use.Parent is IDeclarationExpressionOperation { Parent: IArgumentOperation { Parent: IInvocationOperation lookUp } }) return lookUp.Parent is not IExpressionStatementOperation;
        return use.Parent is not ISimpleAssignmentOperation assignment || assignment.Target != use;
    }

    private static ISymbol? MapOf(IOperation instance) => instance switch
    {
        IFieldReferenceOperation field => field.Field,
        IPropertyReferenceOperation property => property.Property,
        _ => null,
    };

    /// <summary>The map that a local was looked up in.</summary>
    private static ISymbol? OriginOf(IOperation body, ILocalSymbol local)
    {
        foreach (IInvocationOperation call in body.DescendantsAndSelf().OfType<IInvocationOperation>())
        {
            foreach (IArgumentOperation argument in call.Arguments)
            {
                IOperation value = argument.Value is IDeclarationExpressionOperation declaration ? declaration.Expression : argument.Value;
                if (argument.Parameter?.RefKind == RefKind.Out && value is ILocalReferenceOperation target && SymbolEqualityComparer.Default.Equals(target.Local, local) && call.Instance is { } map) return MapOf(map);
            }
        }

        foreach (IVariableDeclaratorOperation declarator in body.DescendantsAndSelf().OfType<IVariableDeclaratorOperation>())
        {
            if (SymbolEqualityComparer.Default.Equals(declarator.Symbol, local) && (declarator.Initializer ?? (declarator.Parent as IVariableDeclarationOperation)?.Initializer)?.Value is IInvocationOperation { Instance: { } map }) return MapOf(map);
        }

        return null;
    }

    private static bool IsAssignedBetween(IOperation body, ILocalReferenceOperation use, int start) => body.DescendantsAndSelf().OfType<ILocalReferenceOperation>().Any(other =>
        SymbolEqualityComparer.Default.Equals(other.Local, use.Local) && other.Syntax.SpanStart >= start && other.Syntax.SpanStart < use.Syntax.SpanStart
        && (other.Parent is IArgumentOperation { Parameter.RefKind: RefKind.Out } || (other.Parent is ISimpleAssignmentOperation assignment && assignment.Target == other)));
}
