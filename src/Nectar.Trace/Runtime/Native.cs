// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Trace.Runtime;

/// <summary>Calls of the C library that only sessions need.</summary>
internal static unsafe partial class Native
{
    public const int SignalTerminate = 15, SignalKill = 9;
    public const int ClockBoottime = 7;
    private const int PidFdOpen = 434, ClockRealtime = 0, ClockMonotonic = 1;

    /// <summary>Waits for events of one descriptor (POLLIN 1, POLLOUT 4); true if there are any.</summary>
    public static bool WaitFor(int descriptor, short events, int timeoutMs)
    {
        PollDescriptor one = new() { Descriptor = descriptor, Events = events };
        return Poll(&one, 1, timeoutMs) > 0;
    }

    /// <summary>A descriptor that is readable once the process has ended; less than 0 if there is no such process.</summary>
    public static int OpenProcess(int processId) => (int)SystemCall(PidFdOpen, processId, 0);

    /// <summary>What is added to times since the start of the system.</summary>
    /// <param name="countsSleep">The clock goes on while the machine sleeps (CLOCK_BOOTTIME).</param>
    public static ulong SinceStartToWall(bool countsSleep)
    {
        // the clocks are read one after the other: of several tries the one with the least time between is right
        long best = 0, least = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = Clock(ClockRealtime), start = Clock(countsSleep ? ClockBoottime : ClockMonotonic), after = Clock(ClockRealtime);
            if (after - before >= least) continue;
            least = after - before;
            best = before + (least / 2) - start;
        }

        return (ulong)best;
    }

    /// <summary>A signal that was ignored when the process began does its default again.</summary>
    public static void StopIgnoring(int signal)
    {
        const nint Ignored = 1;
        if (Handle(signal, 0) is var before and not (Ignored or 0)) _ = Handle(signal, before);
    }

    public static bool MayExecute(string path) => Access(path, 1) == 0;

    public static long Clock(int clock)
    {
        long* time = stackalloc long[2];
        _ = ClockGetTime(clock, time);
        return (time[0] * 1_000_000_000) + time[1];
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Handle(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Wait(int processId, int* status, int options);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int Spawn(int* processId, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnActions(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnActionsEnd(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int SpawnDuplicate(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttributes(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttributesEnd(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SpawnDefaultSignals(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SpawnSignalMask(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, ulong count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long a, long b);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, long* time);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Results;
    }
}
