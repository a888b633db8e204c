// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Tests.Support;

/// <summary>What the machine that runs the tests has: shared data, tools, libraries.</summary>
internal static class TestEnvironment
{
    /// <summary>The folder with conformance data and captures beside the repository; null where there is none.</summary>
    public static string? SharedDirectory()
    {
        if (Environment.GetEnvironmentVariable("NECTAR_SHARED") is { Length: > 0 } named) return Directory.Exists(named) ? named : null;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Nectar.slnx"))) continue;
            string shared = Path.Combine(folder.Parent?.FullName ?? "/", "shared");
            return Directory.Exists(shared) ? shared : null;
        }

        return null;
    }

    /// <summary>A path below <see cref="SharedDirectory"/>; null where it is absent.</summary>
    public static string? SharedPath(params string[] parts)
    {
        if (SharedDirectory() is not { } root) return null;
        string path = Path.Combine([root, .. parts]);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    /// <summary>The full path of a program; null where it is not installed.</summary>
    public static string? FindTool(string name)
    {
        string folders = (Environment.GetEnvironmentVariable("PATH") ?? "") + ":/usr/sbin:/sbin:/usr/bin";
        foreach (string folder in folders.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["TZ"] = "UTC";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
