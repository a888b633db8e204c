// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Diagnostics;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Build.Sdk;
using Nectar.Build.Sources;
using Nectar.Compiler;
using Nectar.Compiler.Passes;

namespace Nectar.Build;

/// <summary>The objects of all probes of an assembly.</summary>
public sealed class ProbeBuild
{
    private ProbeBuild(ImmutableArray<ProbeObject> objects, ImmutableArray<Diagnostic> diagnostics, TimeSpan elapsed)
    {
        Objects = objects;
        Diagnostics = diagnostics;
        Elapsed = elapsed;
    }

    /// <summary>One for each probe class, in the order of the assembly; none if it has no probes.</summary>
    public ImmutableArray<ProbeObject> Objects { get; }

    /// <summary>Warnings.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; }

    /// <summary>The time that Nectar's compiler took, verification with it.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Compiles what a user named.</summary>
    /// <param name="path">A source, a project or its folder, an assembly.</param>
    /// <param name="options">For whom.</param>
    /// <param name="source">What was compiled from C# first.</param>
    /// <exception cref="CompileException">The C# compiler or Nectar's refused it, or there are no probes in it (NEC2305).</exception>
    public static ProbeBuild Open(string path, BuildOptions options, out CompiledProbes source)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckPass(options.DumpAfter);
        source = ProbeSource.Open(path);
        ProbeBuild build;
        string full = Path.GetFullPath(path);
        try
        {
            build = Compile(source.Assembly, [], options);
        }
        catch (CompileException refused)
        {
            throw new CompileException([.. refused.Diagnostics.Select(diagnostic => AsNamed(diagnostic, full, path))]);
        }

        if (build.Objects.IsEmpty)
            throw new CompileException([Diagnostic.Error(BuildCodes.NotProbes, $"'{path}' has no probe", "help: a probe is a sealed class that derives from Nectar.Probes.Probe and has programs: [Xdp] public XdpAction Filter(XdpContext context)")]);
        return new ProbeBuild(build.Objects, [.. build.Diagnostics.Select(diagnostic => AsNamed(diagnostic, full, path))], build.Elapsed);
    }

    /// <summary>Compiles an assembly.</summary>
    /// <param name="assembly">Its path.</param>
    /// <param name="references">Assemblies whose code its probes use; those in its folder and the library of this command are found too.</param>
    /// <param name="options">For whom.</param>
    /// <exception cref="CompileException">Nectar's compiler refused a probe; the diagnostics have the places in its source.</exception>
    public static ProbeBuild Compile(string assembly, IReadOnlyList<string> references, BuildOptions options)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(options);
        long start = Stopwatch.GetTimestamp();
        CompilerOptions compiler = new()
        {
            Cpu = options.Cpu,
            Kernel = options.Kernel,
            Verify = options.Verify,
            DumpAfter = options.DumpAfter,
            DumpSink = options.DumpSink,
            References = [.. references, .. ProbeLibrary.Known()],
        };
        ImmutableArray<CompilationResult> results = ProbeCompiler.CompileAll(assembly, compiler);
        if (options.KernelTypes is { } find && results.Any(result => result.Programs.Any(program => program.Unverified is not null)) && find() is { } types)
            results = ProbeCompiler.CompileAll(assembly, compiler with { KernelTypes = types, DumpAfter = null }); // the types cost more to read than a probe to compile
        ImmutableArray<Diagnostic> diagnostics = [.. results.SelectMany(result => result.Diagnostics)];
        if (diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Error)) throw new CompileException(diagnostics);
        return new ProbeBuild([.. results.Where(result => result.Succeeded).Select(result => new ProbeObject(ClassName(result.Probe), result.Object!, result.Programs))], diagnostics, Stopwatch.GetElapsedTime(start));
    }

    // Debug information has whole paths.
    private static Diagnostic AsNamed(Diagnostic diagnostic, string full, string path) => diagnostic.Span is { } span && span.File == full ? diagnostic with { Span = span with { File = path } } : diagnostic;

    private static void CheckPass(string? name)
    {
        string[] passes = ["front", .. PassPipeline.Passes.Select(pass => pass.Name).Distinct(), "all"];
        if (name is not null && !passes.Contains(name)) throw new CompileException([Diagnostic.Error(BuildCodes.Option, $"'{name}' is no pass of the compiler", $"help: {string.Join(", ", passes)}")]);
    }

    private static string ClassName(string fullName) => fullName[(fullName.LastIndexOfAny(['.', '+', '/']) + 1)..];

    /// <summary>Writes each object into its file in a folder, as <see cref="ProbeObject.FileName"/> names it.</summary>
    /// <param name="folder">Is made if it is not there.</param>
    /// <param name="name">That of the assembly.</param>
    /// <returns>The paths of the files.</returns>
    public string[] Write(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        return [.. Objects.Select(made => Write(made, Path.Combine(folder, ProbeObject.FileName(name, made.Class, Objects.Length == 1))))];
    }

    /// <summary>Writes one object into a file; a file that has the same bytes keeps its time, so that what depends on it is not made again.</summary>
    public static string Write(ProbeObject made, string path)
    {
        ArgumentNullException.ThrowIfNull(made);
        byte[] bytes = ObjectWriter.ToArray(made.Object);
        if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) File.WriteAllBytes(path, bytes);
        return path;
    }
}
