// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Threading.Tasks.Sources;

namespace Nectar.Linux.Events;

/// <summary>
/// Waiting for a <see cref="WaitSet"/> without a thread: one background thread of the process watches the sets of all that wait, and
/// ends their tasks. One wait at a time; no allocation for each, except for registering a cancellation.
/// </summary>
internal sealed class AsyncWait : IValueTaskSource<bool>, IDisposable
{
    private const int Idle = 0, Waiting = 1, Done = 2;

    private readonly WaitSet _set;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancellation;
    private Timer? _timer;
    private int _state;
    private ulong _key;

    internal AsyncWait(WaitSet set) => _set = set;

    /// <summary>Waits until something in the set has an event; true if something has, false after the time or an interrupt.</summary>
    internal ValueTask<bool> WaitAsync(long timeoutNs, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _source.Reset();
        Volatile.Write(ref _state, Waiting);
        _cancellation = cancellation;
        if (_key == 0) _key = WaitDispatcher.Register(this, _set.Fd);
        if (timeoutNs >= 0)
        {
            _timer ??= new Timer(static wait => ((AsyncWait)wait!).Finish(), this, Timeout.Infinite, Timeout.Infinite);
            _timer.Change((timeoutNs + 999_999) / 1_000_000, Timeout.Infinite);
        }

        _registration = cancellation.UnsafeRegister(static wait => ((AsyncWait)wait!).Finish(), this);
        WaitDispatcher.Arm(_key, _set.Fd);
        return new ValueTask<bool>(this, _source.Version);
    }

    /// <summary>Ends the wait, if one is under way; what there is in the set shows when the result is taken.</summary>
    internal void Finish()
    {
        if (Interlocked.CompareExchange(ref _state, Done, Waiting) == Waiting) _source.SetResult(true);
    }

    public void Dispose()
    {
        if (_key != 0) WaitDispatcher.Unregister(_key, _set.Fd);
        _timer?.Dispose();
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _source.GetResult(token);
        _timer?.Change(Timeout.Infinite, Timeout.Infinite);
        _registration.Dispose();
        Volatile.Write(ref _state, Idle);
        bool hasEvent = _set.Wait(0, default, out _); // takes the edges
        _cancellation.ThrowIfCancellationRequested();
        return hasEvent;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}

/// <summary>The one thread that waits for all <see cref="AsyncWait"/>s.</summary>
internal static class WaitDispatcher
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<ulong, AsyncWait> s_waits = [];
    private static WaitSet? s_set;
    private static ulong s_lastKey;

    /// <summary>Makes a wait known; it is not watched until it is armed.</summary>
    internal static ulong Register(AsyncWait wait, int fd)
    {
        lock (s_lock)
        {
            if (s_set is null)
            {
                s_set = new WaitSet();
                new Thread(Watch) { IsBackground = true, Name = "Nectar events" }.Start(s_set);
            }

            ulong key = ++s_lastKey;
            s_waits.Add(key, wait);
            s_set.Add(fd, key, WaitSet.OneShot); // no events asked for: only a hang-up, which epoll instances never have
            return key;
        }
    }

    /// <summary>Ends the wait at the next event of its descriptor, or at once if there is one.</summary>
    internal static void Arm(ulong key, int fd) => s_set!.Rearm(fd, key, WaitSet.In | WaitSet.OneShot);

    /// <summary>Forgets a wait.</summary>
    internal static void Unregister(ulong key, int fd)
    {
        lock (s_lock)
        {
            s_waits.Remove(key);
            s_set!.TryRemove(fd);
        }
    }

    private static void Watch(object? set)
    {
        Span<ulong> keys = stackalloc ulong[32];
        while (true)
        {
            ((WaitSet)set!).Wait(-1, keys, out int count);
            foreach (ulong key in keys[..count])
            {
                AsyncWait? wait;
                lock (s_lock) s_waits.TryGetValue(key, out wait);
                wait?.Finish();
            }
        }
    }
}
