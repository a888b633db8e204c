// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Nectar.CompilerTests.Support;

/// <summary>How C# is compiled for a test.</summary>
/// <param name="Optimize">Release code, or the debugger's.</param>
/// <param name="Symbols">With a portable PDB beside the assembly.</param>
public sealed record CSharpOptions(bool Optimize = true, bool Symbols = true);

/// <summary>Compiles C# with the SDK's compiler, once: results are kept under artifacts/compiler-tests by what they are made of.</summary>
internal static partial class CSharp
{
    private const string Usings = "global using System; global using System.Runtime.CompilerServices; global using System.Runtime.InteropServices; global using System.Numerics; global using System.Buffers.Binary; global using Nectar.Probes;";

    private static readonly Lazy<string[]> s_references = new(() =>
        [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "references.txt")).Where(line => line.Length > 0), Path.Combine(AppContext.BaseDirectory, "Nectar.Probes.dll")]);

    private static readonly Lazy<string> s_identity = new(() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(s_references.Value[^1]))) + Compiler);

    private static string Compiler => typeof(CSharp).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "CSharpCompiler").Value!;

    /// <summary>Compiles texts, each with the path that debug information shall name, into one library; gives its path.</summary>
    /// <exception cref="InvalidOperationException">The C# compiler refused them; the message is what it printed.</exception>
    internal static string Compile(string name, IEnumerable<(string Path, string Text)> sources, CSharpOptions? options = null, params IReadOnlyList<string> references)
    {
        options ??= new CSharpOptions();
        (string Path, string Text)[] files = [.. sources];
        string content = string.Join('\u0001', files.Select(f => f.Path + '\u0002' + f.Text));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(s_identity.Value + options + content + string.Concat(references))))[..16];
        string folder = Path.Combine(Repository.Root, "artifacts", "compiler-tests", $"{name}-{hash}");
        string output = Path.Combine(folder, name + ".dll");
        if (File.Exists(output)) return output;

        string work = $"{folder}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}";
        Directory.CreateDirectory(work);
        List<string> response =
        [
            "/noconfig", "/nostdlib+", "/target:library", "/unsafe+", "/langversion:14", "/nullable:enable", "/deterministic+", "/nowarn:0169,0649,8981,0219,0162,0164,1717,8500,1701,1702",
            options.Optimize ? "/optimize+" : "/optimize-", options.Symbols ? "/debug:portable" : "/debug-", $"/pathmap:\"{work}={folder}\"",
            $"/out:\"{Path.Combine(work, name + ".dll")}\"", .. s_references.Value.Concat(references).Select(reference => $"/reference:\"{reference}\""),
        ];
        foreach ((string path, string text) in files.Append(("usings.cs", Usings)))
        {
            string file = Path.Combine(work, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
            response.Add($"\"{file}\"");
        }

        string arguments = Path.Combine(work, "csc.rsp");
        File.WriteAllLines(arguments, response);
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } found ? found : "dotnet";
        (int code, string printed, string errors) = TestEnvironment.Run(host, "exec", Compiler, "@" + arguments);
        if (code != 0)
        {
            Directory.Delete(work, recursive: true);
            throw new InvalidOperationException($"csc: {string.Join('\n', Errors().Matches(printed).Select(m => m.Value).Take(20))}{errors}");
        }

        try
        {
            Directory.Move(work, folder);
        }
        catch (IOException) when (File.Exists(output))
        {
            Directory.Delete(work, recursive: true); // another test was first
        }

        return output;
    }

    /// <summary>Compiles one text.</summary>
    internal static string Compile(string name, string source, CSharpOptions? options = null, params IReadOnlyList<string> references) =>
        Compile(name, [(name + ".cs", source)], options, references);

    [GeneratedRegex(@"^.*error .*$", RegexOptions.Multiline)]
    private static partial Regex Errors();
}
