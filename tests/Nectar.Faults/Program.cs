// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Attaches and detaches thousands of times, and kills processes while they do: nothing may be left in the kernel.
using System.Globalization;
using Nectar.Faults;

switch (args)
{
    case ["cycles", var count]:
        return Report(CycleRun.Run(Number(count)));
    case ["kills", var count]:
        return Report(KillRun.Run(Number(count)));
    case ["child", var phase, var tag, var device, var cgroup]:
        return FaultChild.Run(phase, tag, device, cgroup);
    default:
        Console.Error.WriteLine("usage: Nectar.Faults {cycles | kills} COUNT");
        return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Report(FaultReport report)
{
    foreach (string line in report.Lines) Console.WriteLine(line);
    foreach (string problem in report.Problems) Console.WriteLine("problem: " + problem);
    Console.WriteLine(report.Problems.Count == 0 ? "nothing was left behind" : $"{report.Problems.Count} problems");
    return report.Problems.Count == 0 ? 0 : 1;
}
