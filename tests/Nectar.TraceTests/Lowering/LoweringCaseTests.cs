// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

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
