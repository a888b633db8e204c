// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Diagnostics;
using Nectar.Build.Sdk;

namespace Nectar.Build.Sources;

/// <summary>Builds a project, or a single file with <c>#:</c> directives, with the SDK's build engine and finds the assembly that came out.</summary>
internal static class ProjectCompiler
{
    /// <summary>Builds it in the Release configuration.</summary>
    /// <exception cref="CompileException">It does not build (NEC2301 for its sources, NEC2304 for all else).</exception>
    internal static CompiledProbes Compile(string project)
    {
        DotnetSdk sdk = DotnetSdk.Find();
        long start = Stopwatch.GetTimestamp();
        bool isFile = project.EndsWith(".cs", StringComparison.OrdinalIgnoreCase);
        // The package's own step would make the same object a second time, and 'dotnet build' alone reads single files.
        (int code, string output, string errors) = ToolProcess.Run(sdk.Host,
            [isFile ? "build" : "msbuild", project, .. isFile ? (string[])["-c", "Release"] : ["-restore", "-p:Configuration=Release"], "-t:Build", "-nologo", "-v:q", "-getProperty:TargetPath", "-p:NectarCompile=false", "-p:PublishAot=false"]);
        string folder = Environment.CurrentDirectory + Path.DirectorySeparatorChar;
        List<Diagnostic> messages = CompilerMessages.Read(output + "\n" + errors, file => file.StartsWith(folder, StringComparison.Ordinal) ? file[folder.Length..] : file);
        if (code != 0)
        {
            if (!messages.Exists(message => message.Severity == Severity.Error))
                messages.Add(Diagnostic.Error(BuildCodes.Project, $"'{project}' does not build: dotnet ended with {code}", [.. (output + errors).Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(5).Select(line => "note: " + line.Trim())]));
            throw new CompileException([.. messages]);
        }

        string assembly = output.Split('\n').Select(line => line.Trim()).LastOrDefault(line => line.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || line.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)) ?? "";
        if (!File.Exists(assembly)) throw new CompileException([Diagnostic.Error(BuildCodes.Project, $"'{project}' was built but has no assembly", $"note: TargetPath is '{assembly}'", "help: a project with several target frameworks: build it, and give the assembly that is meant")]);
        return new(assembly, Path.GetFileNameWithoutExtension(project), [.. messages], Stopwatch.GetElapsedTime(start));
    }
}
