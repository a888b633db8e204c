// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Build.Sources;

/// <summary>What users name when they mean probes in C#: a source, a project or its folder, an assembly.</summary>
public static class ProbeSource
{
    /// <summary>True if the path is one of these by its ending, or a folder with a project.</summary>
    public static bool IsProbeSource(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetExtension(path).ToLowerInvariant() is ".cs" or ".csproj" or ".dll" or ".exe" || (Directory.Exists(path) && Directory.EnumerateFiles(path, "*.csproj").Any());
    }

    /// <summary>The assembly: compiled first where the path is a source or a project.</summary>
    /// <param name="path">A <c>.cs</c>, <c>.csproj</c>, <c>.dll</c>, or a folder with one project.</param>
    /// <exception cref="CompileException">It does not compile; the diagnostics are the C# compiler's.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static CompiledProbes Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path)) return ProjectCompiler.Compile(ProjectIn(path));
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file '{path}'", path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".cs" => NeedsProject(path) ? ProjectCompiler.Compile(path) : SourceCompiler.Compile(path, new SourceCache()),
            ".csproj" => ProjectCompiler.Compile(path),
            _ => new CompiledProbes(path, Path.GetFileNameWithoutExtension(path), [], TimeSpan.Zero),
        };
    }

    private static string ProjectIn(string folder)
    {
        string[] projects = Directory.GetFiles(folder, "*.csproj");
        if (projects.Length == 1) return projects[0];
        throw new CompileException([Diagnostic.Error(BuildCodes.Project, $"'{folder}' has {(projects.Length == 0 ? "no project" : $"{projects.Length} projects")}",
            projects.Length == 0 ? "help: name a .cs, .csproj or .dll" : $"help: name one: {string.Join(", ", projects.Select(Path.GetFileName))}")]);
    }

    /// <summary>True if a source names other packages or projects in its <c>#:</c> lines, which only the build engine can find.</summary>
    private static bool NeedsProject(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            ReadOnlySpan<char> text = line.AsSpan().Trim();
            if (text.IsEmpty || text.StartsWith("//") || text.StartsWith("#!")) continue;
            if (!text.StartsWith("#:")) return false; // directives come first
            if (text.StartsWith("#:project") || text.StartsWith("#:sdk")) return true;
            if (text.StartsWith("#:package") && !text["#:package".Length..].Trim().StartsWith("Nectar.Probes", StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
