// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>When a perf event runs its program, and for whom.</summary>
public sealed record PerfEventOptions
{
    /// <summary>Events between two runs; 0 if <see cref="Frequency"/> says it. For clocks: nanoseconds.</summary>
    public ulong Period { get; init; }

    /// <summary>Runs a second and processor; 0 if <see cref="Period"/> says it. With both 0 it is 99.</summary>
    public ulong Frequency { get; init; }

    /// <summary>Only on this processor; null for all.</summary>
    public int? Cpu { get; init; }

    /// <summary>Only for the threads of this process and for what they start from then on; null for all.</summary>
    public int? ProcessId { get; init; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> (kernel 5.15); 0 for none.</summary>
    public ulong Cookie { get; init; }

    /// <summary>How to attach.</summary>
    public AttachMethod Method { get; init; }
}

/// <summary>Programs that run when a counter of the kernel or the processor has gone so far: profilers (kernel 4.9).</summary>
public static class PerfEvents
{
    private const ulong DefaultFrequency = 99;

    /// <summary>Attaches a program of type <see cref="Bpf.Objects.ProgramType.PerfEvent"/>, on each processor unless one is asked for.</summary>
    /// <exception cref="KernelException">The machine does not have the event, or the kernel refuses (NEC4104).</exception>
    public static BpfLink Attach(KernelProgram program, PerfEventKind kind, PerfEventOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        options ??= new PerfEventOptions();
        if (options.Period != 0 && options.Frequency != 0) throw new ArgumentException("a perf event has a period or a frequency, not both", nameof(options));
        string target = $"perf event {kind}";
        (int Thread, int Cpu)[] places = Places(options);
        List<BpfLink> links = [];
        try
        {
            foreach ((int thread, int cpu) in places)
            {
                KernelHandle? handle = Open(program, kind, options, thread, cpu, target);
                if (handle is not null) links.Add(PerfAttachment.Attach(program, handle, options.Cookie, target, TracingCodes.PerfEvent, options.Method));
            }

            if (links.Count == 0) throw Refusal.Make(TracingCodes.PerfEvent, $"program '{program.Name}'", $"open {target}", "perf_event_open", options.ProcessId is null ? Errno.ENODEV : Errno.ESRCH, options.ProcessId is null ? "note: no processor is online" : $"note: there is no process {options.ProcessId}");
        }
        catch
        {
            LinkGroup.DisposeAll(links);
            throw;
        }

        return links.Count == 1 ? links[0] : new LinkGroup(links, target);
    }

    /// <summary>Reads a list such as <c>0-3,8</c>.</summary>
    internal static int[] ParseCpus(string? list)
    {
        List<int> cpus = [];
        foreach (string part in (list ?? "0").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!int.TryParse(dash < 0 ? part : part[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out int first)) continue;
            int last = first;
            if (dash >= 0 && !int.TryParse(part.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out last)) continue;
            for (int cpu = first; cpu <= last && cpus.Count < 1 << 16; cpu++) cpus.Add(cpu);
        }

        return [.. cpus];
    }

    private static int[] OnlineCpus() => ParseCpus(HostFile.ReadLine("/sys/devices/system/cpu/online"));

    /// <summary>The threads and processors to watch: perf watches one thread wherever it runs, or one processor whatever runs there.</summary>
    private static (int Thread, int Cpu)[] Places(PerfEventOptions options)
    {
        if (options.ProcessId is not { } process) return [.. (options.Cpu is { } only ? [only] : OnlineCpus()).Select(cpu => (-1, cpu))];
        try
        {
            return [.. Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")).Select(path => (int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), options.Cpu ?? -1))];
        }
        catch (IOException)
        {
            return []; // the process is gone
        }
    }

    /// <summary>Opens the event; null for a processor or thread that went away meanwhile.</summary>
    private static KernelHandle? Open(KernelProgram program, PerfEventKind kind, PerfEventOptions options, int thread, int cpu, string target)
    {
        bool isPeriod = options.Period != 0;
        PerfEventAttributes attributes = new()
        {
            Type = kind.Type,
            Config = kind.Config,
            SamplePeriodOrFrequency = isPeriod ? options.Period : options.Frequency != 0 ? options.Frequency : DefaultFrequency,
            Flags = (isPeriod ? PerfEventFlags.None : PerfEventFlags.Frequency) | (thread == -1 ? PerfEventFlags.None : PerfEventFlags.Inherit),
        };
        Errno errno = PerfSyscall.TryOpen(ref attributes, thread, cpu, out KernelHandle? handle);
        if (errno == Errno.None) return handle!;
        if ((errno == Errno.ENODEV && options.Cpu is null) || (errno == Errno.ESRCH && thread != -1)) return null;
        throw Refusal.Make(TracingCodes.PerfEvent, $"program '{program.Name}'", $"open {target}", "perf_event_open", errno, errno switch
        {
            Errno.ENOENT or Errno.EOPNOTSUPP when !kind.IsSoftware => ["note: this machine has no such hardware counter, as is usual for virtual machines", "help: use the software event 'cpu-clock'"],
            Errno.EINVAL when !isPeriod => ["note: the frequency may be above /proc/sys/kernel/perf_event_max_sample_rate"],
            Errno.EACCES or Errno.EPERM => ["help: this needs CAP_PERFMON, or a smaller number in /proc/sys/kernel/perf_event_paranoid"],
            _ => [],
        });
    }
}
