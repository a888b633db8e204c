// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Build.Sdk;

/// <summary>An installed .NET SDK: its compiler is a managed program that can be run without the build engine.</summary>
/// <param name="Host">The <c>dotnet</c> executable.</param>
/// <param name="Version">Of the SDK: <c>10.0.401</c>.</param>
/// <param name="Compiler">Its <c>csc.dll</c>.</param>
/// <param name="References">The folder of the framework's reference assemblies, or of the framework itself where there are none.</param>
internal sealed record DotnetSdk(string Host, string Version, string Compiler, string References)
{
    /// <summary>The oldest SDK whose compiler knows the language of the library.</summary>
    private const int OldestMajor = 10;

    private static readonly string[] s_folders = ["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/usr/local/share/dotnet", "/opt/dotnet"];

    /// <summary>The newest SDK on this machine.</summary>
    /// <exception cref="CompileException">There is none (NEC2302).</exception>
    internal static DotnetSdk Find()
    {
        List<string> seen = [];
        foreach (string folder in Folders())
        {
            if (TryOpen(folder, out DotnetSdk? sdk)) return sdk;
            seen.Add(folder);
        }

        throw new CompileException([Diagnostic.Error(BuildCodes.NoSdk, "C# sources need the .NET SDK 10 or newer, and none was found",
            $"note: looked in {(seen.Count == 0 ? "PATH and DOTNET_ROOT" : string.Join(", ", seen))}",
            "help: install the package dotnet-sdk-10.0, set DOTNET_ROOT, or give the compiled assembly (.dll)")]);
    }

    /// <summary>Opens the SDK in a folder of installations.</summary>
    internal static bool TryOpen(string folder, [NotNullWhen(true)] out DotnetSdk? sdk)
    {
        sdk = null;
        string host = Path.Combine(folder, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        if (!File.Exists(host)) return false;
        foreach (string version in Versions(Path.Combine(folder, "sdk")))
        {
            string compiler = Path.Combine(folder, "sdk", version, "Roslyn", "bincore", "csc.dll");
            if (Major(version) < OldestMajor || !File.Exists(compiler) || ReferencesOf(folder) is not { } references) continue;
            sdk = new DotnetSdk(host, version, compiler, references);
            return true;
        }

        return false;
    }

    /// <summary>What the compiler references: the assemblies of the framework.</summary>
    internal IEnumerable<string> Assemblies() => Directory.EnumerateFiles(References, "*.dll").Where(IsManaged).Order(StringComparer.Ordinal);

    // In the framework's own folder lie native libraries too.
    private static bool IsManaged(string path) => Path.GetFileName(path) is var name
        && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "WindowsBase.dll")
        && !name.Contains(".Native", StringComparison.Ordinal) && !name.StartsWith("Microsoft.DiaSymReader.", StringComparison.Ordinal);

    private static IEnumerable<string> Folders()
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root && seen.Add(Path.GetFullPath(root))) yield return Path.GetFullPath(root);
        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } running && Path.GetDirectoryName(running) is { } beside && seen.Add(beside)) yield return beside;
        foreach (string entry in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            FileInfo host = new(Path.Combine(entry, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
            if (!host.Exists) continue;
            FileSystemInfo target = host.ResolveLinkTarget(returnFinalTarget: true) ?? host; // distributions link it into /usr/bin
            if (Path.GetDirectoryName(target.FullName) is { } folder && seen.Add(folder)) yield return folder;
        }

        foreach (string folder in s_folders)
        {
            if (Directory.Exists(folder) && seen.Add(folder)) yield return folder;
        }

        string home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet");
        if (Directory.Exists(home) && seen.Add(home)) yield return home;
    }

    private static string? ReferencesOf(string folder)
    {
        string packs = Path.Combine(folder, "packs", "Microsoft.NETCore.App.Ref");
        foreach (string version in Versions(packs))
        {
            string references = Path.Combine(packs, version, "ref", string.Create(CultureInfo.InvariantCulture, $"net{Major(version)}.0"));
            if (Major(version) >= OldestMajor && Directory.Exists(references)) return references;
        }

        string runtimes = Path.Combine(folder, "shared", "Microsoft.NETCore.App");
        return Versions(runtimes).Where(version => Major(version) >= OldestMajor).Select(version => Path.Combine(runtimes, version)).FirstOrDefault();
    }

    /// <summary>The folders that are named by versions, newest first; a preview comes after its release.</summary>
    private static IEnumerable<string> Versions(string folder) => !Directory.Exists(folder) ? [] : Directory.GetDirectories(folder)
        .Select(path => Path.GetFileName(path)!)
        .Where(name => System.Version.TryParse(name.Split('-')[0], out _))
        .OrderByDescending(name => System.Version.Parse(name.Split('-')[0]))
        .ThenBy(name => name.Contains('-', StringComparison.Ordinal))
        .ThenByDescending(name => name, StringComparer.Ordinal);

    private static int Major(string version) => System.Version.Parse(version.Split('-')[0]).Major;
}
