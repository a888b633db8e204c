// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Linux.Syscalls;

/// <summary>Waiting for one descriptor; for several there is <see cref="Events.WaitSet"/>.</summary>
internal static unsafe class Descriptors
{
    /// <summary>Waits with poll(2).</summary>
    /// <param name="descriptor">What to wait for.</param>
    /// <param name="events"><see cref="Libc.PollIn"/> or <see cref="Libc.PollOut"/>.</param>
    /// <param name="timeoutMs">The longest time; -1 for no limit.</param>
    /// <param name="errno">Why it could not wait; none if the time passed.</param>
    /// <returns>True if there is what was waited for.</returns>
    internal static bool Wait(int descriptor, short events, int timeoutMs, out Errno errno)
    {
        Entry one = new() { Descriptor = descriptor, Events = events };
        int ready = Libc.Poll(&one, 1, timeoutMs);
        errno = ready < 0 ? Libc.LastErrno : Errno.None;
        return ready > 0 && (one.Ready & events) != 0;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    private struct Entry
    {
        internal int Descriptor;
        internal short Events;
        internal short Ready;
    }
}
