// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Nectar.Analyzers;

/// <summary>Looks at declarations: probe classes and the signatures of programs.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProbeClassAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ProbeRules.Classes;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (ProbeSymbols.Find(start.Compilation) is not { } symbols) return;
            start.RegisterSymbolAction(symbol => Class(symbol, symbols), SymbolKind.NamedType);
            start.RegisterSymbolAction(symbol => Method(symbol, symbols), SymbolKind.Method);
        });
    }

    private static void Class(SymbolAnalysisContext context, ProbeSymbols symbols)
    {
        INamedTypeSymbol type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Class || type.Locations.IsEmpty) return;
        if (symbols.IsProbe(type))
        {
            if (!type.IsSealed && !type.IsAbstract) context.ReportDiagnostic(Diagnostic.Create(ProbeRules.NotSealed, type.Locations[0], type.Name));
            return;
        }

        if (!SymbolEqualityComparer.Default.Equals(type, symbols.Probe) && type.GetMembers().OfType<IMethodSymbol>().Any(method => symbols.ProgramOf(method) is not null))
            context.ReportDiagnostic(Diagnostic.Create(ProbeRules.NoBase, type.Locations[0], type.Name));
    }

    private static void Method(SymbolAnalysisContext context, ProbeSymbols symbols)
    {
        IMethodSymbol method = (IMethodSymbol)context.Symbol;
        if (symbols.ProgramOf(method) is not { } attribute) return;
        foreach (string problem in Problems(method, attribute, symbols).Take(1))
            context.ReportDiagnostic(Diagnostic.Create(ProbeRules.Signature, method.Locations[0], method.Name, problem));
    }

    private static System.Collections.Generic.IEnumerable<string> Problems(IMethodSymbol method, AttributeData attribute, ProbeSymbols symbols)
    {
        if (method.IsStatic) yield return "is static; programs are methods of the probe object";
        if (method.IsGenericMethod) yield return "has type parameters; nothing says what they are when the kernel calls it";
        if (method.IsAsync) yield return "is async; a program runs to its end";
        if (method.IsVirtual || method.IsAbstract) yield return "is virtual; a program is one method";
        if (!method.ReturnsVoid && !IsResult(method.ReturnType)) yield return $"returns '{method.ReturnType.ToDisplayString()}'; the kernel takes an integer, an enumeration, or nothing";
        if (method.ReturnsByRef || method.ReturnsByRefReadonly) yield return "returns a reference; the kernel takes an integer, an enumeration, or nothing";
        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (parameter.RefKind is RefKind.Out or RefKind.Ref) yield return $"has the parameter '{parameter.Name}' by reference; the kernel passes values and pointers";
            if (!IsParameter(parameter.Type, symbols)) yield return $"has the parameter '{parameter.Name}' of type '{parameter.Type.ToDisplayString()}'; the kernel passes a context, integers and pointers";
        }

        bool takesContext = attribute.AttributeClass is { } kind && TakesContextOnly(kind, symbols);
        if (takesContext && method.Parameters.Length > 1) yield return $"has {method.Parameters.Length} parameters; the kernel passes one, its context";
        if (takesContext && method.Parameters.Length == 1 && IsResult(method.Parameters[0].Type)) yield return $"has the parameter '{method.Parameters[0].Name}' of type '{method.Parameters[0].Type.ToDisplayString()}'; the kernel passes its context";
    }

    // ProgramParameters.Context is 0, and what is not said.
    private static bool TakesContextOnly(INamedTypeSymbol attribute, ProbeSymbols symbols)
    {
        foreach (AttributeData data in attribute.GetAttributes())
        {
            if (!SymbolEqualityComparer.Default.Equals(data.AttributeClass, symbols.Kind)) continue;
            foreach (System.Collections.Generic.KeyValuePair<string, TypedConstant> argument in data.NamedArguments)
            {
                if (argument.Key == "Parameters") return argument.Value.Value is 0;
            }

            return true;
        }

        return false;
    }

    private static bool IsParameter(ITypeSymbol type, ProbeSymbols symbols) =>
        type.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer || IsResult(type) || ProbeSymbols.Has(type, symbols.Context) || (type.TypeKind == TypeKind.Struct && type.SpecialType == SpecialType.None);

    private static bool IsResult(ITypeSymbol type) => type.TypeKind is TypeKind.Enum or TypeKind.Error || type.SpecialType is
        SpecialType.System_Boolean or SpecialType.System_Byte or SpecialType.System_SByte or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Char
        or SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_IntPtr or SpecialType.System_UIntPtr;
}
