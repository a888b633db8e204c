// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Runtime;

/// <summary>Words of a command, and where its program is.</summary>
internal static class CommandLine
{
    /// <summary>Words between blanks; quotes and backslashes as a shell understands them, nothing else.</summary>
    public static List<string> Split(string command)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isWord = false;
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char c = command[i];
            if (c == '\\' && quote != '\'' && i + 1 < command.Length)
            {
                word.Append(command[++i]);
                isWord = true;
            }
            else if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                isWord = true;
            }
            else if (c is ' ' or '\t' or '\n')
            {
                if (isWord) words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        if (isWord) words.Add(word.ToString());
        return words;
    }

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

    private static bool IsExecutable(string path) => File.Exists(path) && Native.MayExecute(path);
}
