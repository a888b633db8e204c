// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Domain;

namespace Nectar.KernelTests.Verifier.Domain;

/// <summary>Every bound of every register, against what this kernel's verifier prints about the same program.</summary>
public sealed class KernelRangesTests
{
    [KernelFact(Kernel = "6.18")]
    public void Ranges_RandomArithmeticAndComparisons_AreTheKernels()
    {
        int programs = int.Parse(Environment.GetEnvironmentVariable("NECTAR_FUZZ_PROGRAMS") ?? "600");
        List<string> differences = [];
        int compared = 0;
        for (int seed = 0; seed < programs && differences.Count < 20; seed++)
        {
            ScalarProgram program = new(seed, 70);
            string log = KernelStateLog.Of(program.Code.ToArray(), ProgramType.SocketFilter);
            HashSet<(int, bool, int)> seen = []; // later walks go over ways that the program does not follow
            foreach ((int slot, bool jumped, int register, ScalarRange kernel) in KernelStateLog.Parse(log))
            {
                if (!program.Expected.TryGetValue((slot, jumped, register), out ScalarRange ours) || !seen.Add((slot, jumped, register))) continue;
                compared++;
                if (ours.SameAs(kernel)) continue;
                differences.Add($"program {seed}, slot {slot}{(jumped ? " (jumped)" : "")}, r{register}\n  ours   {ours}\n  kernel {kernel}\n{Around(log, slot)}");
                break;
            }
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(compared > programs * 20, $"only {compared} registers compared");
    }

    private static string Around(string log, int slot)
    {
        string[] lines = log.Split('\n');
        int at = Array.FindIndex(lines, line => line.StartsWith($"{slot}: (", StringComparison.Ordinal));
        return at < 0 ? "" : string.Join('\n', lines[Math.Max(0, at - 4)..Math.Min(lines.Length, at + 1)]);
    }
}
