// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Programs;
using Nectar.Linux;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Trace.Probes;

/// <summary>Breakpoints of the processor: a perf event on each thread of a process, or on each processor.</summary>
internal static class Watchpoints
{
    private const uint BreakpointEvent = 5; // PERF_TYPE_BREAKPOINT
    private const uint Read = 1, Write = 2, Execute = 4; // HW_BREAKPOINT_*

    /// <summary>Attaches a program of type perf_event.</summary>
    /// <exception cref="KernelException">The processor has no breakpoint left, or the kernel refuses.</exception>
    public static BpfLink Attach(KernelProgram program, ProbeTarget target, ulong cookie)
    {
        uint type = target.Mode.Aggregate(0u, (bits, mode) => bits | mode switch { 'r' => Read, 'w' => Write, _ => Execute });
        List<BpfLink> links = [];
        try
        {
            foreach ((int thread, int cpu) in Places(target.ProcessId))
            {
                PerfEventAttributes attributes = new()
                {
                    Type = BreakpointEvent,
                    SamplePeriodOrFrequency = 1,
                    Flags = PerfEventFlags.Inherit,
                    BreakpointType = type,
                    Config1 = target.Address!.Value, // bp_addr
                    Config2 = (type & Execute) != 0 ? sizeof(long) : (ulong)target.Length, // bp_len
                };
                Errno errno = PerfSyscall.TryOpen(ref attributes, thread, cpu, out KernelHandle? handle);
                if (errno == Errno.ESRCH && thread != -1) continue; // the thread has ended
                if (errno != Errno.None) throw Refusal.Make(TracingCodes.PerfEvent, $"program '{program.Name}'", $"open {target.Name}", "perf_event_open", errno, errno == Errno.ENOSPC ? ["note: the processor has no more breakpoints (x86 has four)"] : []);
                links.Add(PerfAttachment.Attach(program, handle!, cookie, target.Name, TracingCodes.PerfEvent, AttachMethod.Automatic));
            }
        }
        catch
        {
            LinkGroup.DisposeAll(links);
            throw;
        }

        return links.Count == 1 ? links[0] : new LinkGroup(links, target.Name);
    }

    private static List<(int Thread, int Cpu)> Places(int process)
    {
        if (process == 0) return [.. PerfEvents.ParseCpus(HostFile.ReadLine("/sys/devices/system/cpu/online")).Select(cpu => (-1, cpu))];
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task");
        return Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Select(path => (int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), -1))] : [];
    }
}
