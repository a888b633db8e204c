// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>
/// Keeps the kernel counting how often and how long programs run, as long as this object lives (<c>BPF_ENABLE_STATS</c>, kernel 5.8). The
/// counting is tied to a descriptor: it ends with the process at the latest.
/// </summary>
public sealed class RuntimeStatistics : IDisposable
{
    private readonly KernelHandle _handle;

    private RuntimeStatistics(KernelHandle handle) => _handle = handle;

    /// <summary>Starts counting.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel refuses (NEC4707).</exception>
    public static RuntimeStatistics Enable()
    {
        FlagsAndFdAttributes attributes = default; // BPF_STATS_RUN_TIME is 0
        Errno errno = BpfSyscall.TryOpen(BpfCommand.EnableStats, ref attributes, out KernelHandle? handle);
        return errno == Errno.None ? new RuntimeStatistics(handle!) : throw Refusal.Make(InspectionCodes.Statistics, "statistics", "switch them on", "bpf(BPF_ENABLE_STATS)", errno,
            errno == Errno.EPERM ? "help: run as root" : "help: on kernels before 5.8: sysctl kernel.bpf_stats_enabled=1");
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}

/// <summary>How a program ran in a span of time.</summary>
/// <param name="Info">The program, at the end of the span.</param>
/// <param name="Runs">Runs in the span.</param>
/// <param name="Nanoseconds">Time of those runs.</param>
/// <param name="Elapsed">The span.</param>
public readonly record struct ProgramActivity(ProgramInfo Info, ulong Runs, ulong Nanoseconds, TimeSpan Elapsed)
{
    /// <summary>Runs a second.</summary>
    public double RunsPerSecond => Elapsed > TimeSpan.Zero ? Runs / Elapsed.TotalSeconds : 0;

    /// <summary>Mean duration of a run.</summary>
    public double NanosecondsPerRun => Runs > 0 ? (double)Nanoseconds / Runs : 0;

    /// <summary>Part of one processor's time, in percent; more than 100 where it runs on several.</summary>
    public double CpuPercent => Elapsed > TimeSpan.Zero ? Nanoseconds / Elapsed.TotalNanoseconds * 100 : 0;
}

/// <summary>Compares the counters of all programs between two looks.</summary>
public sealed class ActivitySampler : IDisposable
{
    private readonly RuntimeStatistics _statistics = RuntimeStatistics.Enable();
    private Dictionary<uint, (ulong Runs, ulong Nanoseconds)> _last = [];
    private long _lastAt;

    /// <summary>Starts counting, and takes the first look.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">Statistics cannot be switched on (NEC4707), or programs not be listed (NEC4701).</exception>
    public ActivitySampler() => Sample();

    /// <summary>What ran since the last look, the busiest first. Programs that are new since then count from their load.</summary>
    public List<ProgramActivity> Sample()
    {
        List<ProgramInfo> programs = [.. ProgramInfo.ReadAll()];
        long now = System.Diagnostics.Stopwatch.GetTimestamp();
        TimeSpan elapsed = _lastAt == 0 ? TimeSpan.Zero : System.Diagnostics.Stopwatch.GetElapsedTime(_lastAt, now);
        List<ProgramActivity> result = new(programs.Count);
        Dictionary<uint, (ulong, ulong)> next = new(programs.Count);
        foreach (ProgramInfo info in programs)
        {
            (ulong runs, ulong time) = _last.GetValueOrDefault(info.Id);
            result.Add(new ProgramActivity(info, info.RunCount - Math.Min(runs, info.RunCount), info.RunTimeNs - Math.Min(time, info.RunTimeNs), elapsed));
            next[info.Id] = (info.RunCount, info.RunTimeNs);
        }

        (_last, _lastAt) = (next, now);
        result.Sort((left, right) => right.Nanoseconds != left.Nanoseconds ? right.Nanoseconds.CompareTo(left.Nanoseconds) : left.Info.Id.CompareTo(right.Info.Id));
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _statistics.Dispose();
}
