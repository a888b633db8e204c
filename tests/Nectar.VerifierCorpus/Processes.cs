// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.VerifierCorpus;

/// <summary>Programs of the system that take part: compilers, the kernel's own test program.</summary>
internal static class Processes
{
    /// <summary>The full path of a program; null where it is not installed.</summary>
    internal static string? Find(string name)
    {
        foreach (string folder in $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin:/usr/bin".Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    /// <summary>Runs a program to its end, or ends it after a time.</summary>
    /// <returns>Its exit code (-1 if it was ended), and what it printed on both streams.</returns>
    internal static (int Code, string Output) Run(IReadOnlyDictionary<string, string>? environment, TimeSpan longest, string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(), output = process.StandardOutput.ReadToEndAsync();
        bool isOver = process.WaitForExit(longest);
        if (!isOver) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return (isOver ? process.ExitCode : -1, output.Result + errors.Result);
    }

    /// <summary>Runs a program that has to succeed.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message has what it printed.</exception>
    internal static string Must(string program, params IEnumerable<string> arguments)
    {
        (int code, string output) = Run(null, TimeSpan.FromMinutes(10), program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program}: exit code {code}: {output}");
    }
}
