// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Trace.Runtime.Processes;

/// <summary>Commands of <c>system</c>.</summary>
internal static class ShellCommand
{
    /// <summary>Runs a command in a shell and waits for it; what it wrote to both of its outputs.</summary>
    public static (byte[] Written, int ExitCode) Run(string command)
    {
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec 2>&1\n" + command); // both in the order in which they were written
        using Process process = Process.Start(start)!;
        MemoryStream written = new();
        process.StandardOutput.BaseStream.CopyTo(written);
        process.WaitForExit();
        return (written.ToArray(), process.ExitCode);
    }
}
