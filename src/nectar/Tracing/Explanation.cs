// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Nectar.Trace.Planning;
using Nectar.Trace.Runtime;

namespace Nectar.Cli.Tracing;

/// <summary><c>--explain</c>: hooks and code of each probe before it runs, and what it cost behind it. On standard error, beside the results.</summary>
internal sealed class Explanation : IDisposable
{
    private const int MostTargets = 8;

    private readonly RuntimeStatistics _statistics = RuntimeStatistics.Enable();

    /// <summary>Hooks and code.</summary>
    internal static void Describe(TracePlan plan, TextWriter output)
    {
        foreach (PlannedProbe probe in plan.Probes)
        {
            ProgramDefinition? program = plan.Object.Programs.FirstOrDefault(p => p.Name == probe.ProgramName);
            if (program is null) continue;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{probe.ProgramName}: {program.Section}, {program.Entry.Instructions.Length} instructions"));
            for (int i = 0; i < probe.Targets.Length && i < MostTargets; i++) output.WriteLine("  " + probe.Targets[i].Name);
            if (probe.Targets.Length > MostTargets) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  and {probe.Targets.Length - MostTargets} more"));
            foreach (string line in Disassembler.ToText(program.Entry.Instructions).TrimEnd().Split('\n')) output.WriteLine("    " + line.Trim());
        }

        foreach (PlannedMap map in plan.Maps)
        {
            output.WriteLine($"{map.Map.Name}: {(map.IsPerCpu ? "per-CPU " : "")}{(map.IsArray ? "array" : "hash")}, {(map.Map.IsScalar ? "" : map.Map.KeyType + " to ")}{map.Map.ValueType}");
        }
    }

    /// <summary>What each probe cost.</summary>
    internal static void Costs(TraceRun run, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{"PROGRAM",-32} {"RUNS",12} {"NS EACH",10} {"TOTAL MS",10} {"MISSED",8} {"INSNS",6} {"BYTES",6}");
        foreach (ProgramCost cost in run.ReadCosts())
        {
            double each = cost.Runs == 0 ? 0 : (double)cost.Nanoseconds / cost.Runs;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{cost.Probe.ProgramName,-32} {cost.Runs,12} {each,10:F0} {cost.Nanoseconds / 1e6,10:F1} {cost.Missed,8} {cost.Instructions,6} {cost.MachineBytes,6}"));
        }
    }

    public void Dispose() => _statistics.Dispose();
}
