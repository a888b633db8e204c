// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Syscalls;

/// <summary>The lines of <c>/proc/self/fdinfo/FD</c>: what the kernel tells about a descriptor only there.</summary>
internal readonly struct FileInformation
{
    private readonly string[] _lines;

    private FileInformation(string[] lines) => _lines = lines;

    internal static FileInformation Read(KernelHandle handle)
    {
        try
        {
            return new FileInformation(File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{handle.Fd}")));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new FileInformation([]); // no /proc here: what only it knows stays unknown
        }
    }

    /// <summary>The text behind a name; null if there is no such line.</summary>
    internal string? Text(string name)
    {
        foreach (string line in _lines)
        {
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.Ordinal)) return line[(name.Length + 1)..].Trim();
        }

        return null;
    }

    /// <summary>The number behind a name, decimal or with <c>0x</c>; null if there is none.</summary>
    internal long? Number(string name)
    {
        string? text = Text(name);
        if (text is null) return null;
        if (text.StartsWith("0x", StringComparison.Ordinal)) return long.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long hex) ? hex : null;
        return long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number : null;
    }
}
