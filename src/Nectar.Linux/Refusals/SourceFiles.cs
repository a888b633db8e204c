// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Linux.Refusals;

/// <summary>Reads source files that objects name, for the lines around a refused one.</summary>
public static class SourceFiles
{
    private const int LongestFile = 4 << 20;

    /// <summary>The lines of a file; null if it is not there, no regular file, larger than 4 MB or not readable.</summary>
    public static IReadOnlyList<string>? ReadLines(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            FileInfo file = new(path);
            return file.Exists && file.Length is > 0 and <= LongestFile ? File.ReadAllLines(path, Encoding.UTF8) : null; // pipes and devices have no length
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
