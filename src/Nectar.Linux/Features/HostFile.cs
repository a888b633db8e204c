// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Features;

/// <summary>Reads the small files in which a kernel says what it is. What cannot be read is unknown, never an error.</summary>
internal static class HostFile
{
    /// <summary>The first line of a file without blanks around it; null if it cannot be read or is empty.</summary>
    internal static string? ReadLine(string path)
    {
        try
        {
            using StreamReader reader = new(path);
            return reader.ReadLine()?.Trim() is { Length: > 0 } line ? line : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A number in a file of one line; null if there is none.</summary>
    internal static long? ReadNumber(string path) =>
        long.TryParse(ReadLine(path), System.Globalization.CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>The whole of a file; null if it cannot be read.</summary>
    internal static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
