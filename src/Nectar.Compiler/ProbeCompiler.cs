// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Frontends.IL;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler;

/// <summary>
/// Compiles the probes of a .NET assembly to BPF objects: one for each class that derives from <c>Nectar.Probes.Probe</c>. The assembly is
/// read, never loaded; nothing of it runs. The same assembly and options give the same objects.
/// </summary>
public static class ProbeCompiler
{
    /// <summary>Compiles all probes of an assembly.</summary>
    /// <param name="path">The assembly; the library <c>Nectar.Probes.dll</c> and what else it needs is looked for in <see cref="CompilerOptions.References"/> and beside it.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <returns>One result for each probe, in the order of the assembly; empty if it has none.</returns>
    /// <exception cref="CompileException">The file is no .NET assembly (NEC2100) or damaged (NEC2110), or the library is missing (NEC2101).</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImmutableArray<CompilationResult> CompileAll(string path, CompilerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return CompileAll(AssemblyFile.Open(path), options ?? new(), null);
    }

    /// <summary>Compiles all probes of an assembly in a stream.</summary>
    /// <param name="assembly">The assembly; read to its end.</param>
    /// <param name="symbols">Its portable PDB, unless that is embedded or does not matter.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="CompileAll(string, CompilerOptions?)"/>
    public static ImmutableArray<CompilationResult> CompileAll(Stream assembly, Stream? symbols = null, CompilerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return CompileAll(AssemblyFile.Read(ReadAll(assembly), null, symbols is null ? null : ReadAll(symbols)), options ?? new(), null);
    }

    /// <summary>Compiles one probe.</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="probe">The full name of its class.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="CompileException">The assembly has no such probe (NEC2109), or it cannot be compiled; all diagnostics are there.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CompilationResult Compile(string path, string probe, CompilerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(probe);
        ImmutableArray<CompilationResult> results = CompileAll(AssemblyFile.Open(path), options ?? new(), probe);
        // What was found wrong with the declarations is a result of its own, without an object.
        if (results.Any(r => !r.Succeeded)) throw new CompileException([.. results.SelectMany(r => r.Diagnostics)]);
        if (results.IsEmpty) throw new CompileException([Diagnostic.Error(ProbeCodes.NoProbes, $"'{path}' has no probe '{probe}'", "help: a probe is a class that derives from Nectar.Probes.Probe")]);
        return results[0];
    }

    private static ImmutableArray<CompilationResult> CompileAll(AssemblyFile file, CompilerOptions options, string? only)
    {
        AssemblyLocator locator = new(file.Path, options.References);
        AssemblyModel assembly = new MetadataContext(locator.Find).Add(file);
        try
        {
            if (assembly.Context.Library is null && file.Refers(MetadataContext.LibraryName))
            {
                throw new CompileException([Diagnostic.Error(ProbeCodes.MissingMember, $"'{MetadataContext.LibraryName}.dll', which '{file.Name}' was compiled against, is not beside it",
                    "help: compile the folder of the project's output, or name the library in the references")]);
            }

            return Compile(assembly, options, only);
        }
        catch (Exception exception) when (AssemblyFile.IsDamage(exception) && exception is BadImageFormatException)
        {
            throw new CompileException([Diagnostic.Error(ProbeCodes.Damaged, $"'{file.Path ?? file.Name}' is damaged: {exception.Message}", "help: compile it again")]);
        }
    }

    private static ImmutableArray<CompilationResult> Compile(AssemblyModel assembly, CompilerOptions options, string? only)
    {
        DiagnosticBag found = new();
        List<ProbeModel> probes = new ProbeFinder(found).FindAll(assembly, only);
        ImmutableArray<CompilationResult>.Builder results = ImmutableArray.CreateBuilder<CompilationResult>();
        foreach (ProbeModel probe in probes) results.Add(new ProbeCompilation(probe, options).Run());
        if (found.Items.Count > 0) results.Add(new CompilationResult(assembly.Name, null, found.ToImmutable(), []));
        return results.ToImmutable();
    }

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
