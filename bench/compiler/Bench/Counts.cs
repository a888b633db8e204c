// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.RegularExpressions;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Linux.Loading;

namespace Nectar.CompilerBench;

/// <summary>How big a program is, and how much of it the kernel's verifier looked at.</summary>
/// <param name="Instructions">Slots, subprograms included.</param>
/// <param name="Processed">Instructions that the kernel says it processed; null if it could not load it here.</param>
/// <param name="Problem">Why not.</param>
internal sealed partial record Count(int Instructions, int? Processed, string? Problem)
{
    internal static Count Of(BpfObject source, string program, bool load)
    {
        int instructions = ProgramLinker.Link(source, source.Programs[program]).Instructions.Length;
        if (!load) return new Count(instructions, null, null);
        string log = "";
        try
        {
            using KernelObject loaded = KernelObject.Load(source, new KernelLoadOptions { Programs = [program], LogLevel = 4, LogSink = (_, text) => log = text });
            Match processed = Statistics().Match(log);
            return processed.Success ? new Count(instructions, int.Parse(processed.Groups[1].ValueSpan), null) : new Count(instructions, null, "the kernel printed no statistics");
        }
        catch (NectarException problem)
        {
            return new Count(instructions, null, problem.Message.Split('\n')[0]);
        }
    }

    [GeneratedRegex("processed ([0-9]+) insns")]
    private static partial Regex Statistics();
}
