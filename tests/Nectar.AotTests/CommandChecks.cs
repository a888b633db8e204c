// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.AotTests;

/// <summary>Runs the published command as a user would.</summary>
internal static class CommandChecks
{
    internal static IEnumerable<(string Name, Action Check)> All(string command, string repository) =>
    [
        ("--version prints a version", () => Check.Contains("nectar ", Run(command, repository, 0, "--version"))),
        ("an unknown verb is a usage error", () => Run(command, repository, 2, "frobnicate")),
    ];

    private static string Run(string command, string repository, int exitCode, params string[] arguments)
    {
        ProcessStartInfo start = new(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = repository };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != exitCode)
            throw new InvalidOperationException($"'nectar {string.Join(' ', arguments)}' ended with {process.ExitCode}, not {exitCode}: {output}{errors.Result}");
        return output;
    }
}
