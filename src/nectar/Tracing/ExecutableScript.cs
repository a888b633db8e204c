// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Cli.Tracing;

/// <summary>
/// <c>--aot FILE</c>: a script that was checked, as a file to execute. It names this command in its first line; making the code of a script takes so
/// few milliseconds that nothing would be gained by keeping the code, and parameters can be given when it runs.
/// </summary>
internal static class ExecutableScript
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    internal static void Write(string path, string script)
    {
        string own = Environment.GetCommandLineArgs()[0], command = Environment.ProcessPath ?? own;
        bool isHosted = Path.GetFileName(command) == "dotnet"; // the command of a framework-dependent build is a library
        string first = isHosted ? $"#!/usr/bin/env -S {command} {Path.GetFullPath(own)} trace" : $"#!{command} trace";
        int line = script.StartsWith("#!", StringComparison.Ordinal) ? script.IndexOf('\n', StringComparison.Ordinal) + 1 : 0; // another command's
        File.WriteAllText(path, $"{first}\n{script[line..]}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Mode);
    }
}
