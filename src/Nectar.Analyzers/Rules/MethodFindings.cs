// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Nectar.Analyzers.Rules;

/// <summary>What one method does: reported only if a program reaches it.</summary>
internal sealed class MethodFindings
{
    internal MethodFindings(IMethodSymbol method) => Method = method;

    internal IMethodSymbol Method { get; }

    internal List<Diagnostic> Diagnostics { get; } = new();

    /// <summary>Calls of methods of the same class.</summary>
    internal List<(IMethodSymbol Callee, Location Place)> Calls { get; } = new();

    internal void Add(DiagnosticDescriptor rule, SyntaxNode place, params object[] arguments) => Diagnostics.Add(Diagnostic.Create(rule, place.GetLocation(), arguments));
}
