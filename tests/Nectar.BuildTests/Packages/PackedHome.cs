// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Tests.Support;

namespace Nectar.BuildTests.Packages;

/// <summary>The packages of this repository, and a home folder in which they are installed as a user does it; nothing of the real home is touched.</summary>
public sealed class PackedHome : IDisposable
{
    public PackedHome()
    {
        (int code, string text) = Run(Repository.Root, isPrivate: false, Path.Combine(Repository.Root, "eng", "pack"));
        if (code == 0) (code, text) = Run(Repository.Root, isPrivate: true, Path.Combine(Repository.Root, "eng", "pack"), "--install");
        if (code != 0) throw new InvalidOperationException(text);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("nectar-home").FullName;

    /// <summary>Runs a command in this home; its outputs are joined.</summary>
    public (int Code, string Text) Run(string folder, params string[] command) => Run(folder, isPrivate: true, command);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private (int Code, string Text) Run(string folder, bool isPrivate, params string[] command)
    {
        ProcessStartInfo start = new(command[0], command[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        if (isPrivate)
        {
            foreach ((string name, string value) in new[] { ("HOME", Folder), ("DOTNET_CLI_HOME", Folder), ("XDG_CACHE_HOME", Path.Combine(Folder, ".cache")), ("NUGET_PACKAGES", Path.Combine(Folder, "packages")) }) start.Environment[name] = value;
        }

        // servers that outlive a build would hold the folder, and this process's own build variables are not the user's
        foreach ((string name, string value) in new[] { ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), ("DOTNET_NOLOGO", "1"), ("MSBUILDDISABLENODEREUSE", "1"), ("UseSharedCompilation", "false"), ("DOTNET_CLI_UI_LANGUAGE", "en") }) start.Environment[name] = value;
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.Ordinal) || name is "NectarTfm" or "DOTNET_HOST_PATH").ToArray()) start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(300_000))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(string.Join(' ', command));
        }

        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
