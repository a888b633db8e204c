// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 93, kernel 5.1: takes the lock in a map's value; only one at a time, and no other helper is called before it is given back.</summary>
    [Helper(93)]
    public static void SpinLock(ref bpf_spin_lock @lock)
    {
        fixed (bpf_spin_lock* l = &@lock) Managed.Call(93, (ulong)l);
    }

    /// <summary>Helper 94, kernel 5.1: gives the lock back.</summary>
    [Helper(94)]
    public static void SpinUnlock(ref bpf_spin_lock @lock)
    {
        fixed (bpf_spin_lock* l = &@lock) Managed.Call(94, (ulong)l);
    }

    /// <summary>Helper 169, kernel 5.15: makes a timer in a map's value.</summary>
    /// <param name="timer">The field of the value.</param>
    /// <param name="map">The map that the value is in.</param>
    /// <param name="clock">1 (<c>CLOCK_MONOTONIC</c>), 0 (<c>CLOCK_REALTIME</c>) or 7 (<c>CLOCK_BOOTTIME</c>).</param>
    /// <returns>0, or a negative error number: -16 (<c>EBUSY</c>) if it is made already.</returns>
    [Helper(169)]
    public static long TimerInit(ref bpf_timer timer, Map map, ulong clock = 1) => ManagedTimers.Init(ref timer, map, clock);

    /// <summary>Helper 170, kernel 5.15: says what the timer calls.</summary>
    /// <param name="timer">The field of the value.</param>
    /// <param name="callback">A static lambda; it gets the map, the key and the value.</param>
    /// <returns>0, or a negative error number.</returns>
    [Helper(170)]
    public static long TimerSetCallback<TKey, TValue>(ref bpf_timer timer, TimerCallback<TKey, TValue> callback)
        where TKey : unmanaged
        where TValue : unmanaged => ManagedTimers.SetCallback(ref timer, callback);

    /// <summary>Helper 171, kernel 5.15: starts the timer.</summary>
    /// <param name="timer">The field of the value.</param>
    /// <param name="nanoseconds">From now on, or with flag 1 a point in time.</param>
    /// <param name="flags">1 (<c>BPF_F_TIMER_ABS</c>, kernel 6.4), 2 (<c>BPF_F_TIMER_CPU_PIN</c>, 6.7).</param>
    /// <returns>0, or a negative error number.</returns>
    [Helper(171)]
    public static long TimerStart(ref bpf_timer timer, ulong nanoseconds, ulong flags = 0) => ManagedTimers.Start(ref timer, nanoseconds, flags);

    /// <summary>Helper 172, kernel 5.15: stops the timer.</summary>
    /// <param name="timer">The field of the value.</param>
    /// <returns>1 if it ran, 0 if not, or a negative error number.</returns>
    [Helper(172)]
    public static long TimerCancel(ref bpf_timer timer) => ManagedTimers.Cancel(ref timer);

    /// <summary>Helper 209, kernel 6.1: gives each record that user space has written into a <see cref="UserRingBuffer"/> to a callback.</summary>
    /// <param name="map">The ring.</param>
    /// <param name="callback">A static lambda; it gets a dynptr to the record.</param>
    /// <param name="state">What it gets as well: a local variable.</param>
    /// <param name="flags">1 not to wake the writer, 2 always.</param>
    /// <returns>Records, or a negative error number.</returns>
    [Helper(209)]
    public static long UserRingbufDrain<TState>(Map map, UserRingCallback<TState> callback, ref TState state, ulong flags = 0)
        where TState : unmanaged => throw ProbeCodes.NoHelper("helper 209 (bpf_user_ringbuf_drain)");
}

/// <summary>What a timer calls.</summary>
/// <typeparam name="TKey">The map's key.</typeparam>
/// <typeparam name="TValue">The map's value.</typeparam>
/// <param name="map">The map's address in the kernel; of no use here.</param>
/// <param name="key">The key.</param>
/// <param name="value">The value in the map.</param>
/// <returns>0: the kernel allows nothing else.</returns>
public unsafe delegate long TimerCallback<TKey, TValue>(void* map, in TKey key, ref TValue value)
    where TKey : unmanaged
    where TValue : unmanaged;

/// <summary>Gets a record of user space.</summary>
/// <typeparam name="TState">What the caller passes on.</typeparam>
/// <param name="record">The record.</param>
/// <param name="state">What the caller passed.</param>
public unsafe delegate LoopControl UserRingCallback<TState>(bpf_dynptr* record, ref TState state)
    where TState : unmanaged;
