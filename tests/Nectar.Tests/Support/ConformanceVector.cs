// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Isa;

namespace Nectar.Tests.Support;

/// <summary>One file of the bpf_conformance project: a program as text, optional memory, and the value it returns.</summary>
public sealed class ConformanceVector
{
    private ConformanceVector(string name) => Name = name;

    /// <summary>The file's name without its extension.</summary>
    public string Name { get; }

    /// <summary>The section <c>asm</c>.</summary>
    public string Assembly { get; private set; } = "";

    /// <summary>The section <c>mem</c>: r1 points to it, r2 is its length; null if there is none.</summary>
    public byte[]? Memory { get; private set; }

    /// <summary>The section <c>result</c>: r0; null if there is none.</summary>
    public ulong? Result { get; private set; }

    /// <summary>The section <c>error</c>; null if there is none.</summary>
    public string? Error { get; private set; }

    /// <summary>The section <c>raw</c>: the instructions that the text must give; null if there is none.</summary>
    public Instruction[]? Raw { get; private set; }

    /// <summary>True if the vector calls helper 5, which unwinds (call_unwind_fail), or calls through a register (callx).</summary>
    public bool NeedsHelper => Instructions.Any(i => i.Opcode is 0x8d || (i.Opcode == 0x85 && i.Source == 0));

    /// <summary>The assembled program.</summary>
    public Instruction[] Instructions => Raw is not null && Assembly.Length == 0 ? Raw : Assembler.AssembleInstructions(Assembly);

    /// <summary>All vectors in the shared data; empty if that is absent.</summary>
    public static IReadOnlyList<ConformanceVector> All { get; } = LoadAll();

    /// <summary>Reads one file.</summary>
    public static ConformanceVector Parse(string name, string text)
    {
        ConformanceVector vector = new(name);
        string section = "";
        List<string> lines = [];
        foreach (string line in text.Split('\n').Append("-- end"))
        {
            if (line.StartsWith("-- ", StringComparison.Ordinal))
            {
                vector.Set(section, lines);
                section = line[3..].Trim();
                lines.Clear();
            }
            else if (!line.StartsWith('#'))
            {
                lines.Add(line.TrimEnd('\r'));
            }
        }

        return vector;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private void Set(string section, List<string> lines)
    {
        string text = string.Join('\n', lines);
        IEnumerable<string> words = lines.SelectMany(l => l.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
        switch (section)
        {
            case "asm":
                Assembly = text;
                break;
            case "mem":
                Memory = [.. words.Select(w => byte.Parse(w, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
                break;
            case "result":
                string value = text.Trim();
                Result = value.StartsWith("0x", StringComparison.Ordinal) ? ulong.Parse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                    : value.StartsWith('-') ? (ulong)long.Parse(value, CultureInfo.InvariantCulture) : ulong.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "error":
                Error = text.Trim();
                break;
            case "raw":
                Raw = [.. words.Select(w => Instruction.FromUInt64(ulong.Parse(w.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)))];
                break;
        }
    }

    private static List<ConformanceVector> LoadAll()
    {
        List<ConformanceVector> all = [];
        if (TestEnvironment.SharedDirectory() is not { } shared) return all;
        string folder = Path.Combine(shared, "conformance", "bpf");
        if (!Directory.Exists(folder)) return all;
        foreach (string file in Directory.GetFiles(folder, "*.data").Order(StringComparer.Ordinal)) all.Add(Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file)));
        return all;
    }
}
