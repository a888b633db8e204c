// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Nectar.Analyzers.Rules;

/// <summary>A reservation is submitted or discarded on every way out; <c>using</c> does that.</summary>
internal static class ReservationRules
{
    internal static void Check(IOperation body, ProbeSymbols symbols, MethodFindings findings)
    {
        foreach (IVariableDeclaratorOperation declarator in body.Descendants().OfType<IVariableDeclaratorOperation>())
        {
            if (!ProbeSymbols.Is(declarator.Symbol.Type, symbols.Reservation)) continue;
            bool submits = Calls(body, declarator.Symbol, "Submit"), disposes = Calls(body, declarator.Symbol, "Dispose");
            if (!IsUsing(declarator.Syntax))
            {
                if (!disposes) findings.Add(ProbeRules.Reservation, declarator.Syntax, declarator.Symbol.Name, "is not discarded where it is not submitted, which the verifier refuses; declare it with 'using'");
            }
            else if (!submits && !IsPassedOn(body, declarator.Symbol))
            {
                findings.Add(ProbeRules.Reservation, declarator.Syntax, declarator.Symbol.Name, "is never submitted, so that nobody sees it; call Submit()");
            }
        }
    }

    internal static bool IsUsing(SyntaxNode declarator) => declarator.FirstAncestorOrSelf<StatementSyntax>() switch
    {
        LocalDeclarationStatementSyntax local => local.UsingKeyword.IsKind(SyntaxKind.UsingKeyword),
        UsingStatementSyntax => true,
        _ => false,
    };

    private static bool Calls(IOperation body, ILocalSymbol local, string name) => body.Descendants().OfType<IInvocationOperation>()
        .Any(call => call.TargetMethod.Name == name && call.Instance is ILocalReferenceOperation receiver && SymbolEqualityComparer.Default.Equals(receiver.Local, local));

    // By reference to a method that may submit it.
    private static bool IsPassedOn(IOperation body, ILocalSymbol local) => body.Descendants().OfType<IArgumentOperation>()
        .Any(argument => argument.Value is ILocalReferenceOperation passed && SymbolEqualityComparer.Default.Equals(passed.Local, local));
}
