// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using System.Text.RegularExpressions;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;

namespace Nectar.Tests.Support;

/// <summary>
/// A file of tests/golden/verifier-kernel: a program, how it is loaded, the log of a real kernel, and the explanation. Sections begin with <c>--</c>:
/// <c>source</c>, <c>capabilities</c>, <c>flags</c>, <c>log</c>, <c>expect</c>.
/// </summary>
internal sealed class VerifierGolden
{
    private readonly string _path;
    private readonly List<string> _comments = [];

    private VerifierGolden(string path) => _path = path;

    internal static string Folder => Path.Combine(Repository.Root, "tests", "golden", "verifier-kernel");

    internal string Name => Path.GetFileNameWithoutExtension(_path);

    internal string Source { get; private set; } = "";

    /// <summary>The only capabilities of the thread that loads; null for all.</summary>
    internal string[]? Capabilities { get; private set; }

    internal bool IsSleepable { get; private set; }

    internal string Kernel { get; set; } = "";

    internal string Log { get; set; } = "";

    internal string Expected { get; set; } = "";

    /// <summary>The code that the explanation has, for example <c>NEC4505</c>.</summary>
    internal string ExpectedCode => Regex.Match(Expected, "error (NEC[0-9]{4})").Groups[1].Value;

    internal static IEnumerable<string> Names() => Directory.GetFiles(Folder, "*.golden").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal);

    internal static VerifierGolden Read(string name)
    {
        VerifierGolden golden = new(Path.Combine(Folder, name + ".golden"));
        StringBuilder section = new();
        string heading = "";
        foreach (string line in File.ReadAllLines(golden._path))
        {
            if (line.StartsWith("-- ", StringComparison.Ordinal) && Headings.Contains(line[3..].Split(' ')[0]))
            {
                if (!golden.TryTakeOption(line))
                {
                    golden.End(heading, section);
                    heading = line[3..];
                }
            }
            else if (heading.Length == 0) golden._comments.Add(line);
            else section.Append(line).Append('\n');
        }

        golden.End(heading, section);
        return golden;
    }

    /// <summary>The program as an object with one program and, where it says so, functions and maps.</summary>
    internal BpfObject Assemble()
    {
        BpfObject result = Assembler.Assemble(Source, "prog.bpfasm");
        if (!Source.Contains(".license", StringComparison.Ordinal)) result.License = "GPL";
        if (IsSleepable) result.Programs[0].IsSleepable = true;
        return result;
    }

    internal void Write()
    {
        StringBuilder text = new();
        foreach (string comment in _comments) text.Append(comment).Append('\n');
        text.Append("-- source prog.bpfasm\n");
        if (Capabilities is not null) text.Append("-- capabilities ").AppendJoin(' ', Capabilities).Append('\n');
        if (IsSleepable) text.Append("-- flags sleepable\n");
        text.Append(Source).Append("-- log ").Append(Kernel).Append('\n').Append(Log.TrimEnd('\n')).Append('\n');
        text.Append("-- expect\n").Append(Expected.TrimEnd('\n')).Append('\n');
        File.WriteAllText(_path, text.ToString());
    }

    /// <summary>What differs from load to load, made the same: addresses and durations.</summary>
    internal static string Mask(string log) => Regex.Replace(Regex.Replace(log, @"(\(18\) r\d+ = )0x[0-9a-f]{12,16}", "${1}0x0"), "verification time [0-9]+ usec", "verification time 0 usec");

    private static readonly string[] Headings = ["source", "capabilities", "flags", "log", "expect"];

    private bool TryTakeOption(string line)
    {
        string[] words = line[3..].Split(' ');
        if (words[0] == "capabilities") Capabilities = words[1..];
        else if (words[0] == "flags") IsSleepable = words.Contains("sleepable");
        else return false;
        return true;
    }

    private void End(string heading, StringBuilder section)
    {
        string text = section.ToString();
        section.Clear();
        if (heading.StartsWith("source", StringComparison.Ordinal)) Source = text;
        else if (heading.StartsWith("log", StringComparison.Ordinal)) (Log, Kernel) = (text, heading.Length > 4 ? heading[4..] : "");
        else if (heading.StartsWith("expect", StringComparison.Ordinal)) Expected = text;
    }
}
