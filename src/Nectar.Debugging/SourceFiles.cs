// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging;

/// <summary>Finds source text: the file where it is, else the lines that the object brought along, which are those that have code.</summary>
public sealed class SourceFiles(DebugSession session, IReadOnlyList<string> folders)
{
    private readonly Dictionary<string, string[]?> _files = new(StringComparer.Ordinal);

    /// <summary>The path of a file that line information names, where it exists on this machine; null if it does not.</summary>
    public string? PathOf(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (Path.IsPathRooted(file) && File.Exists(file)) return file;
        foreach (string folder in folders)
        {
            foreach (string name in (ReadOnlySpan<string>)[file, Path.GetFileName(file)])
            {
                string path = Path.GetFullPath(Path.Combine(folder, name));
                if (File.Exists(path)) return path;
            }
        }

        return null;
    }

    /// <summary>The lines of a file; where only some are known, the others are empty.</summary>
    public string[] Lines(string file)
    {
        if (_files.TryGetValue(file, out string[]? lines) && lines is not null) return lines;
        lines = PathOf(file) is { } path ? File.ReadAllLines(path) : FromObject(file);
        return _files[file] = lines;
    }

    /// <summary>One line, from 1; empty where unknown.</summary>
    public string Line(string file, int line)
    {
        string[] lines = Lines(file);
        return line >= 1 && line <= lines.Length ? lines[line - 1] : "";
    }

    private string[] FromObject(string file)
    {
        LineInfo[] known = [.. session.Programs.SelectMany(p => p.Linked.Lines).Where(l => l.File == file && l.Line is > 0 and < 1_000_000)];
        string[] lines = new string[known.Length == 0 ? 0 : known.Max(l => l.Line)];
        Array.Fill(lines, "");
        foreach (LineInfo line in known) lines[line.Line - 1] = line.Text;
        return lines;
    }
}
