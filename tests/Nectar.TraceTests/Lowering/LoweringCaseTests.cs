// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Programs;

namespace Nectar.TraceTests.Lowering;

/// <summary>Scripts and what their maps hold, from tests/golden/trace/lowering: run in the kernel.</summary>
public class LoweringCaseTests
{
    [KernelFact]
    public void Integers_AreAsBpftraceHasThem() => Run("integers");

    [KernelFact]
    public void Control_GoesWhereTheScriptSays() => Run("control");

    [KernelFact]
    public void Maps_HoldWhatWasStored() => Run("maps");

    [KernelFact]
    public void Aggregations_AddUp() => Run("aggregations");

    [KernelFact]
    public void Strings_AreCopiedAndCompared() => Run("strings");

    [KernelFact]
    public void Tuples_AreLaidOutAndTakenApart() => Run("tuples");

    [KernelFact]
    public void Loops_ReachTheirSurroundings() => Run("loops");

    [KernelFact]
    public void Pointers_LeadToWhatTheyPointTo() => Run("pointers");

    [KernelFact]
    public void Loops_OverWhatProcessorsHave_SeeTheSum()
    {
        using ScriptRun run = ScriptRun.Load("""
            begin { @c[1] = count(); @s[1] = sum(10 + cpu); @mi[1] = min(5 + cpu); @ma[1] = max(5 + cpu); @av[1] = avg(100 * cpu); }
            test:sums {
                for ($kv : @c) { @r["count"] = (int64)$kv.1; } for ($kv : @s) { @r["sum"] = (int64)$kv.1; }
                for ($kv : @mi) { @r["min"] = (int64)$kv.1; } for ($kv : @ma) { @r["max"] = (int64)$kv.1; } for ($kv : @av) { @r["avg"] = (int64)$kv.1; }
            }
            """);
        int processors = Environment.ProcessorCount;
        for (int cpu = 0; cpu < processors; cpu++) run.Loaded.Programs[run.Plan.Probes[0].ProgramName].TestRun(new TestRunInput { Cpu = cpu });
        run.Loaded.Programs[run.Plan.Probes[1].ProgramName].TestRun(new TestRunInput());
        int pairs = processors * (processors - 1) / 2;
        Dictionary<string, string> expected = new()
        {
            ["count"] = $"{processors}", ["sum"] = $"{(processors * 10) + pairs}", ["min"] = "5", ["max"] = $"{4 + processors}", ["avg"] = $"{100 * pairs / processors}",
        };
        string maps = run.Maps();
        foreach ((string name, string value) in expected) Assert.Contains($"@r[{name}]: {value}\n", maps + "\n", StringComparison.Ordinal);
    }

    /// <summary>Cases are divided by empty lines: the script, then lines that begin with <c>=&gt;</c>: what the maps print.</summary>
    private static void Run(string name)
    {
        string path = Path.Combine(Repository.Root, "tests", "golden", "trace", "lowering", name + ".cases");
        StringBuilder wrong = new();
        foreach (string one in File.ReadAllText(path).Split("\n\n"))
        {
            string[] lines = [.. one.Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
            if (lines.Length == 0) continue;
            string script = string.Join('\n', lines.Where(line => !line.StartsWith("=>", StringComparison.Ordinal)));
            string expected = string.Join('\n', lines.Where(line => line.StartsWith("=>", StringComparison.Ordinal)).Select(line => line.Length > 3 ? line[3..] : ""));
            string actual;
            try
            {
                actual = string.Join('\n', ScriptRun.MapsOf(script).Split('\n').Where(line => line.Length > 0));
            }
            catch (Exception problem) when (problem is not OutOfMemoryException)
            {
                actual = problem.ToString();
            }

            if (actual != expected) wrong.Append(script).Append("\nexpected:\n").Append(expected).Append("\nactual:\n").Append(actual).Append("\n\n");
        }

        Assert.True(wrong.Length == 0, wrong.ToString());
    }
}
