// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Nectar.Compiler;

namespace Nectar.CompilerTests.Generation;

/// <summary>Generated methods do in BPF, on every machine, what they do in .NET. NECTAR_GENERATED sets how many, NECTAR_SEED where to begin.</summary>
public sealed partial class GeneratedMethodTests
{
    private const int PerClass = 20, PerTest = 400, PacketsEach = 6;

    private static readonly int s_count = Number("NECTAR_GENERATED", 2000);
    private static readonly int s_seed = Number("NECTAR_SEED", 1000);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, Math.Max(1, s_count / PerTest)).Select(i => s_seed + (i * PerTest))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_GeneratedMethods_AreTheSameEverywhere(int seed)
    {
        (List<(string, string)> files, List<GeneratedMethod> methods) = GeneratedProbes.Make(seed, Math.Min(PerTest, s_count), PerClass);
        string assembly = CSharp.Compile("generated", files);
        ManagedRun managed = new(assembly);
        StringBuilder wrong = new();
        int failures = 0, complex = 0;
        foreach (IGrouping<string, GeneratedMethod> group in methods.GroupBy(method => method.Class))
        {
            BpfObject source;
            try
            {
                source = Compiled.Object(assembly, group.Key, new CompilerOptions { Verify = false });
            }
            catch (Exception problem) when (problem is NectarException or InvalidOperationException)
            {
                failures += group.Count();
                if (failures < 100) wrong.Append(CultureInfo.InvariantCulture, $"{group.Key}: {problem.Message}\n");
                continue;
            }

            foreach (GeneratedMethod method in group)
            {
                if (Difference(source, managed, method) is not { } problem) continue;
                // Loops around branches: paths that nobody can walk, in C as well.
                if (TooComplex().IsMatch(problem))
                {
                    complex++;
                    continue;
                }

                if (++failures < 10) wrong.Append(CultureInfo.InvariantCulture, $"{method.Program}: {problem}\n{method.Text}\n");
            }
        }

        Assert.InRange(complex, 0, methods.Count / 100);
        Assert.True(failures == 0, $"{failures} of {methods.Count} methods:\n{wrong}");
    }

    /// <summary>What a machine does otherwise than .NET; null if nothing.</summary>
    private static string? Difference(BpfObject source, ManagedRun managed, GeneratedMethod method)
    {
        byte[][] packets = GeneratedProbes.Packets(int.Parse(method.Program[1..], CultureInfo.InvariantCulture), PacketsEach);
        MachineOutcome expected = managed.Run(method, packets);
        string? difference = null;
        try
        {
            Engines.Run(source, [(method.Program, packets)], (_, outcomes) => difference = outcomes.Select(outcome => Difference(expected, outcome, packets)).FirstOrDefault(d => d is not null), map => map.Name is "State" or "Table");
        }
        catch (Exception problem) when (problem is NectarException or InvalidOperationException)
        {
            return problem.Message;
        }

        return difference;
    }

    private static string? Difference(MachineOutcome expected, MachineOutcome actual, byte[][] packets)
    {
        for (int i = 0; i < packets.Length; i++)
        {
            if (!expected.Runs[i].Equals(actual.Runs[i])) return $"packet {i} ({Convert.ToHexString(packets[i])}): CLR {expected.Runs[i]}, {actual.Machine} {actual.Runs[i]}";
        }

        return expected.Maps == actual.Maps ? null : $"maps: CLR\n{expected.Maps}{actual.Machine}\n{actual.Maps}";
    }

    [GeneratedRegex("NEC3625|too complex")]
    private static partial Regex TooComplex();

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
