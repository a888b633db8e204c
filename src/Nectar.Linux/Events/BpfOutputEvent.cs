// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Events;

/// <summary>
/// The perf event of one processor that <c>bpf_perf_event_output</c> writes to (<c>PERF_COUNT_SW_BPF_OUTPUT</c>), and its mapped buffer: a page
/// with positions, then the data.
/// </summary>
internal sealed unsafe class BpfOutputEvent : IDisposable
{
    private const ulong Enable = 0x2400, PauseOutput = 0x40042409; // PERF_EVENT_IOC_*
    private const int CloseOnExec = 8, HeadOffset = 1024, TailOffset = 1032; // perf_event_mmap_page.data_head, data_tail

    private static readonly long s_perfEventOpen = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;
    private static volatile bool s_countsLost = true; // PERF_FORMAT_LOST, kernel 6.0

    private readonly KernelHandle _handle;
    private readonly bool _hasLostCount;
    private nint _address;
    private readonly nuint _size;

    private BpfOutputEvent(KernelHandle handle, bool hasLostCount, nint address, nuint size, PerfRing ring)
    {
        _handle = handle;
        _hasLostCount = hasLostCount;
        _address = address;
        _size = size;
        Ring = ring;
    }

    /// <summary>The reader's view.</summary>
    internal PerfRing Ring { get; }

    internal int Fd => _handle.Fd;

    /// <summary>Opens and maps the event of a processor; null if the processor is offline.</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4302).</exception>
    internal static BpfOutputEvent? Open(string map, int cpu, PerfBufferOptions options)
    {
        bool countsLost = s_countsLost;
        Errno errno = TryOpen(options, cpu, countsLost, out KernelHandle? handle);
        if (errno == Errno.EINVAL && countsLost)
        {
            countsLost = false;
            errno = TryOpen(options, cpu, false, out handle);
            if (errno == Errno.None) s_countsLost = false;
        }

        if (errno == Errno.ENODEV) return null;
        if (errno != Errno.None) throw Refusal.Make(EventCodes.Perf, $"map '{map}'", $"open the buffer of processor {cpu}", "perf_event_open", errno, Advice(errno));
        nuint page = (nuint)Environment.SystemPageSize, size = page + (nuint)options.BytesPerCpu;
        // Without the right to write, the kernel takes the buffer for one that it may write over.
        nint address = Libc.Mmap(0, size, Libc.ProtRead | (options.IsOverwritable ? 0 : Libc.ProtWrite), Libc.MapShared, handle!.Fd, 0);
        if (address == Libc.MapFailed)
        {
            errno = Libc.LastErrno;
            handle.Dispose();
            throw Refusal.Make(EventCodes.Perf, $"map '{map}'", $"map the buffer of processor {cpu}, {options.BytesPerCpu} bytes", "mmap", errno, Advice(errno));
        }

        PerfRing ring = new()
        {
            Cpu = cpu,
            Head = (ulong*)(address + HeadOffset),
            Tail = options.IsOverwritable ? null : (ulong*)(address + TailOffset),
            Data = (byte*)address + page,
            Size = (ulong)options.BytesPerCpu,
        };
        BpfOutputEvent opened = new(handle, countsLost, address, size, ring);
        if (Libc.Ioctl(handle.Fd, Enable, 0) == 0) return opened;
        errno = Libc.LastErrno;
        opened.Dispose();
        throw Refusal.Make(EventCodes.Perf, $"map '{map}'", $"start the buffer of processor {cpu}", "ioctl(PERF_EVENT_IOC_ENABLE)", errno);
    }

    /// <summary>Samples that found no room; -1 if this kernel does not say.</summary>
    internal long CountLost()
    {
        if (!_hasLostCount) return -1;
        ulong* values = stackalloc ulong[2]; // the event's value, which means nothing here, and the count
        return Libc.Read(_handle.Fd, values, 16) == 16 ? (long)values[1] : -1;
    }

    /// <summary>Stops or resumes writing (kernel 4.7).</summary>
    internal Errno Pause(bool isPaused) => Libc.Ioctl(_handle.Fd, PauseOutput, isPaused ? 1 : 0) == 0 ? Errno.None : Libc.LastErrno;

    public void Dispose()
    {
        if (_address != 0) _ = Libc.Munmap(_address, _size);
        _address = 0;
        _handle.Dispose();
    }

    private static string[] Advice(Errno errno) => errno switch
    {
        Errno.EPERM => ["note: memory that a user may lock for perf is limited by /proc/sys/kernel/perf_event_mlock_kb", "help: make the buffers smaller, or run with CAP_IPC_LOCK and CAP_PERFMON"],
        Errno.EACCES => ["help: this needs CAP_PERFMON (CAP_SYS_ADMIN before kernel 5.8), or a smaller number in /proc/sys/kernel/perf_event_paranoid"],
        _ => [],
    };

    private static Errno TryOpen(PerfBufferOptions options, int cpu, bool countsLost, out KernelHandle? handle)
    {
        bool isByEvents = options.WakeupEvents > 0;
        Attributes attributes = new()
        {
            Type = 1, // PERF_TYPE_SOFTWARE
            Size = Attributes.CurrentSize,
            Config = 10, // PERF_COUNT_SW_BPF_OUTPUT
            SamplePeriod = 1,
            SampleType = Attributes.SampleRaw | (options.HasTimestamps ? Attributes.SampleTime : 0),
            ReadFormat = countsLost ? Attributes.ReadLost : 0,
            Flags = (isByEvents ? 0 : Attributes.Watermark) | (options.HasTimestamps ? Attributes.UseClock : 0) | (options.IsOverwritable ? Attributes.WriteBackward : 0),
            Wakeup = (uint)(isByEvents ? options.WakeupEvents : options.WakeupBytes > 0 ? options.WakeupBytes : options.BytesPerCpu / 8),
            Clock = 1, // CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns
        };
        int fd = (int)Libc.Syscall(s_perfEventOpen, (nint)(&attributes), -1, cpu, -1, CloseOnExec);
        handle = fd >= 0 ? new KernelHandle(fd) : null;
        return fd >= 0 ? Errno.None : Libc.LastErrno;
    }

    /// <summary><c>struct perf_event_attr</c> up to <c>clockid</c> (<c>PERF_ATTR_SIZE_VER3</c>, kernel 3.7).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        internal const uint CurrentSize = 96;
        internal const ulong SampleTime = 1 << 2, SampleRaw = 1 << 10, ReadLost = 1 << 4;
        internal const ulong Watermark = 1 << 14, UseClock = 1 << 25, WriteBackward = 1 << 27;

        internal uint Type, Size;
        internal ulong Config, SamplePeriod, SampleType, ReadFormat, Flags;
        internal uint Wakeup, BreakpointType;
        internal ulong Config1, Config2, BranchSampleType, UserRegisters;
        internal uint UserStack;
        internal int Clock;
    }
}
