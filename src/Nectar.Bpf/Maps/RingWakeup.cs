// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>
/// When a reader that found nothing looks again. A wake-up costs the program that writes some microseconds, a hundred times what
/// the record costs, so how a reader waits decides how fast both sides are.
/// </summary>
public sealed record RingWakeup
{
    private RingWakeup(RingWakeupKind kind, TimeSpan delay)
    {
        Kind = kind;
        MaxDelay = delay;
    }

    /// <summary>
    /// The default: sleeps until a program wakes it, and after records came stays awake for a moment to see whether more follow;
    /// while it is awake, producers do not spend anything on wake-ups. Looks every 100 ms also without a wake-up, for programs that pass
    /// <c>BPF_RB_NO_WAKEUP</c>.
    /// </summary>
    public static RingWakeup Adaptive { get; } = new(RingWakeupKind.Adaptive, TimeSpan.FromMilliseconds(100)) { MaxSpin = TimeSpan.FromMicroseconds(20) };

    /// <summary>Sleeps until a program wakes it, at most 100 ms; never stays awake.</summary>
    public static RingWakeup Blocking { get; } = new(RingWakeupKind.Adaptive, TimeSpan.FromMilliseconds(100));

    /// <summary>Never sleeps: the least delay, for a processor of its own.</summary>
    public static RingWakeup Busy { get; } = new(RingWakeupKind.Busy, TimeSpan.Zero);

    /// <summary>How it waits.</summary>
    internal RingWakeupKind Kind { get; }

    /// <summary>The longest time that a record waits for its reader if its program does not wake it.</summary>
    public TimeSpan MaxDelay { get; init; }

    /// <summary>For <see cref="Adaptive"/>: the longest time to stay awake; zero on machines with one processor.</summary>
    public TimeSpan MaxSpin { get; init => field = Environment.ProcessorCount > 1 ? value : TimeSpan.Zero; }

    /// <summary>For <see cref="Bytes"/>: how many.</summary>
    public long MinBytes { get; private init; }

    /// <summary>
    /// Reads every so often. While records flow programs do not wake the reader, except with <c>BPF_RB_FORCE_WAKEUP</c>; when none have
    /// come for a while it sleeps until the next one.
    /// </summary>
    /// <param name="interval">More than zero; the host may round it up (kernels before 5.11 and this process: to a millisecond).</param>
    public static RingWakeup Every(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return new RingWakeup(RingWakeupKind.Timed, interval);
    }

    /// <summary>
    /// Reads when so many bytes wait, or after a time. A program that passes <c>BPF_RB_NO_WAKEUP</c>, and <c>BPF_RB_FORCE_WAKEUP</c> once
    /// <c>bpf_ringbuf_query(BPF_RB_AVAIL_DATA)</c> reaches the number, makes it exact; otherwise the reader looks sixteen times in the delay.
    /// </summary>
    /// <param name="bytes">Bytes in the ring, headers included.</param>
    /// <param name="maxDelay">The longest time that a record waits.</param>
    public static RingWakeup Bytes(long bytes, TimeSpan maxDelay)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxDelay, TimeSpan.Zero);
        return new RingWakeup(RingWakeupKind.Bytes, maxDelay) { MinBytes = bytes };
    }
}

/// <summary>The ways to wait.</summary>
internal enum RingWakeupKind : byte
{
    Adaptive,
    Busy,
    Timed,
    Bytes,
}
