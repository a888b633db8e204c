// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Inspection;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Faults;

/// <summary>What of a run is in the kernel: objects by their name, hooks of its namespace, probe events of its processes.</summary>
internal sealed class KernelState(string tag)
{
    /// <summary>Everything that is there now, in words.</summary>
    internal List<string> Read(IReadOnlyCollection<int> processes)
    {
        List<string> all = [];
        HashSet<uint> programs = [];
        foreach (ProgramInfo program in ProgramInfo.ReadAll())
        {
            if (program.Name != tag) continue;
            programs.Add(program.Id);
            all.Add($"program {program.Id}");
        }

        foreach (MapInfo map in MapInfo.ReadAll())
        {
            if (map.Name == tag) all.Add($"map {map.Id}");
        }

        foreach (LinkInfo link in LinkInfo.ReadAll())
        {
            if (programs.Contains(link.ProgramId)) all.Add($"link {link.Id}");
        }

        foreach (TcDirection direction in new[] { TcDirection.Ingress, TcDirection.Egress })
        {
            foreach (TcFilter filter in Tc.QueryFilters(FaultPlace.Device, direction)) all.Add($"filter of program {filter.ProgramId}");
        }

        if (Qdiscs().Contains("clsact", StringComparison.Ordinal)) all.Add("clsact qdisc");
        if (Xdp.Query(FaultPlace.Device).IsAttached) all.Add("XDP program");
        if (File.Exists("/sys/kernel/tracing/uprobe_events"))
        {
            foreach (string line in File.ReadLines("/sys/kernel/tracing/uprobe_events"))
            {
                foreach (int process in processes)
                {
                    if (line.Contains(string.Create(CultureInfo.InvariantCulture, $":nectar/u_{process}_"), StringComparison.Ordinal)) all.Add($"probe event {line}");
                }
            }
        }

        return all;
    }

    /// <summary>Waits until nothing is there: the kernel frees programs a grace period after their last user.</summary>
    internal List<string> WaitForNothing(IReadOnlyCollection<int> processes)
    {
        Stopwatch time = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                List<string> all = Read(processes);
                if (all.Count == 0 || time.Elapsed.TotalSeconds > 20) return all;
            }
            catch (KernelException problem) when (time.Elapsed.TotalSeconds < 20)
            {
                _ = problem; // an object ended while it was looked at
            }

            Thread.Sleep(20);
        }
    }

    private static string Qdiscs()
    {
        using Process process = Process.Start(new ProcessStartInfo("tc", ["qdisc", "show", "dev", FaultPlace.Device]) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }
}
