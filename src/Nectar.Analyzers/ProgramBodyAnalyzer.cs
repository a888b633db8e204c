// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Nectar.Analyzers.Rules;

namespace Nectar.Analyzers;

/// <summary>
/// Looks at what programs do, and at the methods of the same class that they call: a probe may have methods for user space beside them, which may
/// do what they like. What is called in other classes only the compiler sees.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProgramBodyAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ProbeRules.Bodies;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (ProbeSymbols.Find(start.Compilation) is not { } symbols) return;
            start.RegisterSymbolStartAction(type => Class(type, symbols), SymbolKind.NamedType);
        });
    }

    private static void Class(SymbolStartAnalysisContext context, ProbeSymbols symbols)
    {
        if (!symbols.IsProbe((INamedTypeSymbol)context.Symbol)) return;
        ConcurrentDictionary<IMethodSymbol, MethodFindings> methods = new(SymbolEqualityComparer.Default);
        context.RegisterOperationBlockAction(block =>
        {
            if (block.OwningSymbol is not IMethodSymbol method || method.MethodKind is MethodKind.Constructor or MethodKind.StaticConstructor) return;
            MethodFindings findings = new(method);
            foreach (IOperation body in block.OperationBlocks.Where(part => part.Kind == OperationKind.Block)) // attributes are blocks too
            {
                BodyWalker walker = new(findings);
                walker.Visit(body);
                walker.CheckStack(body);
                ReservationRules.Check(body, symbols, findings);
                ReferenceRules.Check(body, symbols, findings);
            }

            methods[method] = findings;
        });
        context.RegisterSymbolEndAction(end => Report(end, symbols, methods));
    }

    private static void Report(SymbolAnalysisContext context, ProbeSymbols symbols, ConcurrentDictionary<IMethodSymbol, MethodFindings> methods)
    {
        HashSet<IMethodSymbol> reached = new(SymbolEqualityComparer.Default);
        foreach (IMethodSymbol root in methods.Keys.Where(method => symbols.ProgramOf(method) is not null || symbols.IsSubprogram(method)))
        {
            Stack<IMethodSymbol> pending = new();
            pending.Push(root);
            while (pending.Count > 0)
            {
                IMethodSymbol method = pending.Pop();
                if (!methods.TryGetValue(method, out MethodFindings? findings) || !reached.Add(method)) continue;
                foreach ((IMethodSymbol callee, _) in findings.Calls) pending.Push(callee);
            }
        }

        foreach (IMethodSymbol method in reached)
        {
            MethodFindings findings = methods[method];
            foreach (Diagnostic diagnostic in findings.Diagnostics) context.ReportDiagnostic(diagnostic);
            foreach ((IMethodSymbol callee, Location place) in findings.Calls)
            {
                if (PathBack(methods, callee, method) is not { } path) continue;
                string by = path.Count == 0 ? "" : $" through {string.Join(", ", path.Select(step => $"'{step.Name}'"))}";
                context.ReportDiagnostic(Diagnostic.Create(ProbeRules.Recursion, place, method.Name, by));
                break;
            }
        }
    }

    /// <summary>The methods between a callee and the method that called it; null if there is no way back.</summary>
    private static List<IMethodSymbol>? PathBack(ConcurrentDictionary<IMethodSymbol, MethodFindings> methods, IMethodSymbol from, IMethodSymbol to)
    {
        if (SymbolEqualityComparer.Default.Equals(from, to)) return new List<IMethodSymbol>();
        Dictionary<IMethodSymbol, IMethodSymbol?> before = new(SymbolEqualityComparer.Default) { [from] = null };
        Queue<IMethodSymbol> pending = new();
        pending.Enqueue(from);
        while (pending.Count > 0)
        {
            IMethodSymbol method = pending.Dequeue();
            if (!methods.TryGetValue(method, out MethodFindings? findings)) continue;
            foreach ((IMethodSymbol callee, _) in findings.Calls)
            {
                if (SymbolEqualityComparer.Default.Equals(callee, to))
                {
                    List<IMethodSymbol> path = new();
                    for (IMethodSymbol? step = method; step is not null; step = before[step]) path.Insert(0, step);
                    return path;
                }

                if (before.ContainsKey(callee)) continue;
                before[callee] = method;
                pending.Enqueue(callee);
            }
        }

        return null;
    }
}
