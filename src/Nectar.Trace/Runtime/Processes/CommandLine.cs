// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Syscalls;

namespace Nectar.Trace.Runtime.Processes;

/// <summary>Words of a command, and where its program is.</summary>
internal static class CommandLine
{
    /// <summary>Words between blanks. There is no shell: quotes are characters like others, as bpftrace has it.</summary>
    public static List<string> Split(string command) => [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>The file of a program: as it is if it has a slash, otherwise in the folders of <c>PATH</c>.</summary>
    /// <exception cref="TraceException">There is none (NEC5361).</exception>
    public static string Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            if (IsExecutable(program)) return program;
        }
        else if (program.Length != 0)
        {
            foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries))
            {
                string path = Path.Combine(folder, program);
                if (IsExecutable(path)) return path;
            }
        }

        throw new TraceException(Diagnostic.Error(TraceCodes.Child, $"path '{program}' does not exist or is not executable"));
    }

    private static bool IsExecutable(string path) => File.Exists(path) && Libc.Access(path, Libc.MayExecute) == 0;
}
