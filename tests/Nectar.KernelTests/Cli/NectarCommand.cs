// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text.Json;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Cli;

/// <summary>Runs the built command as a user would.</summary>
internal static class NectarCommand
{
    /// <summary>The command that was built with these tests: the folder of the same configuration and framework.</summary>
    internal static string Path { get; } = Find();

    /// <summary>Runs it; gives what it printed. Fails if it does not end as expected.</summary>
    internal static string Run(int exitCode, params string[] arguments)
    {
        (int code, string output, string error) = TestEnvironment.Run(Path, arguments);
        if (code != exitCode) throw new InvalidOperationException($"'nectar {string.Join(' ', arguments)}' ended with {code}, not {exitCode}: {output}{error}");
        return output + error;
    }

    /// <summary>Runs it; gives its standard output alone.</summary>
    internal static string Output(params string[] arguments)
    {
        (int code, string output, string error) = TestEnvironment.Run(Path, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"'nectar {string.Join(' ', arguments)}' ended with {code}: {output}{error}");
    }

    /// <summary>Runs it with <c>--json</c>.</summary>
    internal static JsonElement Json(params string[] arguments) => JsonDocument.Parse(Output([.. arguments, "--json"])).RootElement;

    /// <summary>Starts it, for verbs that go on until they are told to end.</summary>
    internal static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static string Find()
    {
        DirectoryInfo framework = new(AppContext.BaseDirectory.TrimEnd('/'));
        return System.IO.Path.Combine(Repository.Root, "artifacts", "bin", "nectar", framework.Parent!.Name, framework.Name, "nectar");
    }
}
