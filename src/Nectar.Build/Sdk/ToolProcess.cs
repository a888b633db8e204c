// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Build.Sdk;

/// <summary>Runs a program of the SDK to its end.</summary>
internal static class ToolProcess
{
    /// <summary>Runs it; both outputs are read at once, so that neither can block it.</summary>
    internal static (int ExitCode, string Output, string Errors) Run(string program, IEnumerable<string> arguments, string? folder = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? "",
        };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en"; // messages are read
        start.Environment.Remove("MSBUILDUSESERVER");
        using Process process = Process.Start(start) ?? throw new IOException($"'{program}' did not start");
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
