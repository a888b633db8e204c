// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;

namespace Nectar.CompilerTests.Support;

/// <summary>Assemblies as the compiler sees them.</summary>
internal static class Assemblies
{
    private static AssemblyFile? Locate(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        return File.Exists(path) ? AssemblyFile.Open(path) : null;
    }

    /// <summary>Opens an assembly in a context of its own.</summary>
    internal static AssemblyModel Open(string path) => new MetadataContext(Locate).Add(AssemblyFile.Open(path));

    /// <summary>Compiles C# and opens it.</summary>
    internal static AssemblyModel Compile(string name, string source, CSharpOptions? options = null) => Open(CSharp.Compile(name, source, options));

    /// <summary>The probes of C# text; errors are thrown.</summary>
    internal static ProbeModule[] Probes(string name, string source, out DiagnosticBag diagnostics)
    {
        DiagnosticBag bag = diagnostics = new DiagnosticBag();
        return [.. new ProbeFinder(bag).FindAll(Compile(name, source)).Select(probe => ProbeModule.Create(probe, new Nectar.Compiler.Ir.CompilationTarget(), bag)).OfType<ProbeModule>()];
    }
}
