// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Events;

/// <summary>
/// Descriptors that one thread waits on, and a way for other threads to end the wait: an epoll instance with an eventfd in it.
/// Descriptors are watched for edges: each wake-up is reported once, and whoever is told reads until there is nothing more. So a
/// record that is still being written does not make a waiting thread run in circles, as watching for levels would.
/// </summary>
internal sealed unsafe class WaitSet : IDisposable
{
    internal const uint In = 1, Out = 4, Hangup = 0x10, EdgeTriggered = 1u << 31, OneShot = 1u << 30;
    private const ulong InterruptKey = ulong.MaxValue;
    private const int MaxEvents = 32;

    private static volatile bool s_hasNanoseconds = true; // epoll_pwait2, kernel 5.11

    private readonly KernelHandle _epoll, _event;

    /// <exception cref="Bpf.Diagnostics.KernelException">The process has no descriptors left (NEC4303).</exception>
    internal WaitSet()
    {
        _epoll = Own(Libc.EpollCreate(Libc.OCloseOnExec), "epoll_create1");
        try
        {
            _event = Own(Libc.EventFd(0, Libc.OCloseOnExec | Libc.ONonBlock), "eventfd");
            Add(_event.Fd, InterruptKey, In);
        }
        catch
        {
            _epoll.Dispose();
            _event?.Dispose();
            throw;
        }
    }

    /// <summary>Nanoseconds of processor time that the calling thread has used.</summary>
    internal static long ThreadTime
    {
        get
        {
            const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID
            long* time = stackalloc long[2];
            return Libc.ClockGetTime(ThreadClock, time) == 0 ? (time[0] * 1_000_000_000) + time[1] : -1;
        }
    }

    /// <summary>The epoll instance; readable when something in the set is.</summary>
    internal int Fd => _epoll.Fd;

    /// <summary>Watches a descriptor; it must be removed before it is closed, or closed with the set.</summary>
    internal void Add(int fd, ulong key, uint events) => Control(1, fd, key, events);

    /// <summary>Watches a one-shot descriptor again.</summary>
    internal void Rearm(int fd, ulong key, uint events) => Control(3, fd, key, events);

    /// <summary>Watches a descriptor no longer; false if it was not watched.</summary>
    internal bool TryRemove(int fd) => Libc.EpollControl(_epoll.Fd, 2, fd, null) == 0;

    /// <summary>Waits for an event.</summary>
    /// <param name="timeoutNs">Nanoseconds; 0 looks only; negative waits for ever.</param>
    /// <param name="keys">Gets the keys of what has events; may be empty.</param>
    /// <param name="count">How many keys were written.</param>
    /// <returns>False after the time, or after an interrupt that no event came with.</returns>
    internal bool Wait(long timeoutNs, Span<ulong> keys, out int count)
    {
        bool added = false;
        byte* events = stackalloc byte[MaxEvents * EpollEvent.LargestSize];
        int ready;
        count = 0;
        try
        {
            _epoll.DangerousAddRef(ref added); // a Dispose on another thread must not give the number to somebody else meanwhile
            ready = Wait((int)_epoll.DangerousGetHandle(), events, timeoutNs);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            if (added) _epoll.DangerousRelease();
        }

        bool any = false;
        for (int i = 0; i < ready; i++)
        {
            ulong key = EpollEvent.Key(events, i);
            if (key == InterruptKey)
            {
                ulong ignored;
                _ = Libc.Read(_event.Fd, &ignored, 8); // so that the next wait waits
                continue;
            }

            any = true;
            if (count < keys.Length) keys[count++] = key;
        }

        return any;
    }

    /// <summary>Ends the wait that is under way, or the next one; also after <see cref="Dispose"/>.</summary>
    internal void Interrupt()
    {
        bool added = false;
        try
        {
            _event.DangerousAddRef(ref added);
            ulong one = 1;
            _ = Libc.Write((int)_event.DangerousGetHandle(), &one, 8);
        }
        catch (ObjectDisposedException)
        {
            // nobody waits any more
        }
        finally
        {
            if (added) _event.DangerousRelease();
        }
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _event.Dispose();
    }

    private static int Wait(int epoll, byte* events, long timeoutNs)
    {
        int result;
        if (timeoutNs > 0 && timeoutNs % 1_000_000 != 0 && s_hasNanoseconds)
        {
            long* time = stackalloc long[2] { timeoutNs / 1_000_000_000, timeoutNs % 1_000_000_000 };
            result = (int)Libc.Syscall(441, epoll, (nint)events, MaxEvents, (nint)time); // epoll_pwait2 has the same number everywhere
            if (result >= 0 || Libc.LastErrno != Errno.ENOSYS) return Math.Max(result, 0);
            s_hasNanoseconds = false;
        }

        // EINTR is as good as a wake-up for nothing: callers look, and wait again
        result = Libc.EpollWait(epoll, events, MaxEvents, timeoutNs < 0 ? -1 : (int)Math.Min(int.MaxValue, (timeoutNs + 999_999) / 1_000_000));
        return Math.Max(result, 0);
    }

    private void Control(int operation, int fd, ulong key, uint events)
    {
        byte* description = stackalloc byte[EpollEvent.LargestSize];
        EpollEvent.Write(description, events, key);
        if (Libc.EpollControl(_epoll.Fd, operation, fd, description) != 0) throw Refusal.Make(EventCodes.Waiting, "events", "watch a descriptor", "epoll_ctl", Libc.LastErrno);
    }

    private static KernelHandle Own(int fd, string call) =>
        fd >= 0 ? new KernelHandle(fd) : throw Refusal.Make(EventCodes.Waiting, "events", "prepare to wait for them", call, Libc.LastErrno);
}

/// <summary><c>struct epoll_event</c>, which is packed on x86-64 and on nothing else.</summary>
internal static unsafe class EpollEvent
{
    internal const int LargestSize = 16;
    private static readonly bool s_isPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    internal static void Write(byte* place, uint events, ulong key)
    {
        *(uint*)place = events;
        *(ulong*)(place + (s_isPacked ? 4 : 8)) = key;
    }

    internal static ulong Key(byte* events, int index) => s_isPacked ? *(ulong*)(events + (index * 12) + 4) : *(ulong*)(events + (index * 16) + 8);
}
