// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Trace.Language.Syntax;

/// <summary>Reads scripts and headers: files, pipes, devices that never end.</summary>
internal static class ScriptFile
{
    /// <summary>The most characters of one file.</summary>
    public const int MaxLength = 1 << 26;

    /// <exception cref="IOException">It cannot be read, or is longer than <see cref="MaxLength"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static string Read(string path)
    {
        using StreamReader reader = new(path);
        return Read(reader);
    }

    /// <exception cref="IOException">It cannot be read, or is longer than <see cref="MaxLength"/>.</exception>
    public static string Read(TextReader reader)
    {
        char[] part = new char[1 << 14];
        StringBuilder text = new();
        while (reader.Read(part, 0, part.Length) is var count and > 0)
        {
            if (text.Length + count > MaxLength) throw new IOException($"longer than {MaxLength:N0} characters");
            text.Append(part, 0, count);
        }

        return text.ToString();
    }
}
