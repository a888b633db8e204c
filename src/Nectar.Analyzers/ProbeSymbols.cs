// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Microsoft.CodeAnalysis;

namespace Nectar.Analyzers;

/// <summary>The types of Nectar.Probes, by name: the analyzer references nothing that it looks at.</summary>
internal sealed class ProbeSymbols
{
    private const string Space = "Nectar.Probes.";

    private ProbeSymbols(Compilation compilation, INamedTypeSymbol probe, INamedTypeSymbol program)
    {
        Probe = probe;
        Program = program;
        Subprogram = compilation.GetTypeByMetadataName(Space + "SubprogramAttribute");
        Kind = compilation.GetTypeByMetadataName(Space + "ProgramKindAttribute");
        Context = compilation.GetTypeByMetadataName(Space + "ProgramContextAttribute");
        Reservation = compilation.GetTypeByMetadataName(Space + "Reservation`1");
        Ref = compilation.GetTypeByMetadataName(Space + "Ref`1");
        Map = compilation.GetTypeByMetadataName(Space + "Map");
    }

    internal INamedTypeSymbol Probe { get; }

    internal INamedTypeSymbol Program { get; }

    internal INamedTypeSymbol? Subprogram { get; }

    internal INamedTypeSymbol? Kind { get; }

    internal INamedTypeSymbol? Context { get; }

    internal INamedTypeSymbol? Reservation { get; }

    internal INamedTypeSymbol? Ref { get; }

    internal INamedTypeSymbol? Map { get; }

    /// <summary>Null where the library is not referenced: then there is nothing to look for.</summary>
    internal static ProbeSymbols? Find(Compilation compilation) =>
        compilation.GetTypeByMetadataName(Space + "Probe") is { } probe && compilation.GetTypeByMetadataName(Space + "ProgramAttribute") is { } program
            ? new ProbeSymbols(compilation, probe, program)
            : null;

    internal bool IsProbe(INamedTypeSymbol type) => IsOrDerives(type.BaseType, Probe);

    /// <summary>The attribute that makes a method a program; null if it is none.</summary>
    internal AttributeData? ProgramOf(IMethodSymbol method)
    {
        foreach (AttributeData attribute in method.GetAttributes())
        {
            if (IsOrDerives(attribute.AttributeClass?.BaseType, Program)) return attribute;
        }

        return null;
    }

    internal bool IsSubprogram(IMethodSymbol method) => Has(method, Subprogram);

    internal static bool Has(ISymbol symbol, INamedTypeSymbol? attribute)
    {
        if (attribute is null) return false;
        foreach (AttributeData data in symbol.GetAttributes())
        {
            if (SymbolEqualityComparer.Default.Equals(data.AttributeClass, attribute)) return true;
        }

        return false;
    }

    internal static bool Is(ITypeSymbol? type, INamedTypeSymbol? definition) => definition is not null && SymbolEqualityComparer.Default.Equals(type?.OriginalDefinition, definition);

    internal static bool IsOrDerives(ITypeSymbol? type, INamedTypeSymbol? ancestor)
    {
        for (; type is not null && ancestor is not null; type = type.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(type, ancestor)) return true;
        }

        return false;
    }
}
