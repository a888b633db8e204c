// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Runtime.Output;

/// <summary>Files that results and objects are written to.</summary>
internal static class OutputFile
{
    /// <summary>What makes a file or writes one.</summary>
    /// <exception cref="TraceException">It cannot be; says why in the system's words.</exception>
    public static T Write<T>(string path, Func<string, T> write)
    {
        try
        {
            return write(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string reason = problem switch
            {
                FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
                UnauthorizedAccessException => Directory.Exists(path) ? "Is a directory" : "Permission denied",
                _ => problem.Message,
            };
            throw new TraceException(Diagnostic.Error(TraceCodes.OutputFile, $"failed to open file '{path}': {reason}"));
        }
    }
}
