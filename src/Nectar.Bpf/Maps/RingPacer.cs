// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Bpf.Maps;

/// <summary>Rings that are read together, as far as waiting is concerned.</summary>
internal interface IPaced
{
    /// <summary>True if a record can be read.</summary>
    bool IsReady { get; }

    /// <summary>Bytes that wait.</summary>
    long Waiting { get; }

    /// <summary>Nanoseconds of processor time that this thread has used; -1 where that cannot be known.</summary>
    long ThreadTime { get; }

    /// <summary>Gives memory back except for the last record, so that no producer takes this reader for asleep.</summary>
    void HoldLast();

    /// <summary>Gives all memory back: from now on producers wake the reader.</summary>
    void GiveBack();
}

/// <summary>Decides what a reading loop does when it has read all: look again, or wait, and with producers' wake-ups or without.</summary>
internal struct RingPacer
{
    private const int IdleRounds = 16; // timed reading falls asleep after so many empty rounds
    private const int PauseLength = 20; // units of Thread.SpinWait between looks: a look takes the cache line of the producer's position away from it
    private const long Gathered = 8192; // bytes that are worth reading at once

    private readonly RingWakeup _policy;
    private readonly long _maxSpin, _minSpin;
    private long _spin;
    private int _empty;
    private long _since;
    private bool _held;
    private long _waitStart, _waited; // ticks
    private long _windowStart, _windowUsed, _windowWaited, _crowdedUntil;

    internal RingPacer(RingWakeup policy)
    {
        _policy = policy;
        _maxSpin = (long)(policy.MaxSpin.TotalSeconds * Stopwatch.Frequency);
        _minSpin = _maxSpin / 16;
        _spin = _maxSpin / 2;
    }

    /// <summary>Called after each reading.</summary>
    /// <param name="rings">What is read.</param>
    /// <param name="gotSome">True if there were records.</param>
    /// <returns>0 to read again at once, else the nanoseconds to wait at most.</returns>
    internal long Next(IPaced rings, bool gotSome)
    {
        long wait = _policy.Kind switch
        {
            RingWakeupKind.Busy => Busy(rings),
            RingWakeupKind.Timed => Timed(rings, gotSome),
            RingWakeupKind.Bytes => Bytes(rings, gotSome),
            _ => Adaptive(rings, gotSome),
        };
        _waitStart = wait == 0 ? 0 : Stopwatch.GetTimestamp();
        return wait;
    }

    private static readonly long Window = Stopwatch.Frequency / 1000;

    private static long Idle => (long)RingWakeup.Blocking.MaxDelay.TotalNanoseconds;

    private readonly long Delay => (long)_policy.MaxDelay.TotalNanoseconds;

    private long Adaptive(IPaced rings, bool gotSome)
    {
        if (gotSome && _maxSpin > 0 && !IsCrowded(rings))
        {
            rings.HoldLast();
            // Twice the time after a success, half after a failure: a quiet ring costs next to nothing, a busy one is never slept on.
            if (Spin(rings, _spin))
            {
                _spin = Math.Min(_maxSpin, _spin * 2);
                return 0;
            }

            _spin = Math.Max(_minSpin, _spin / 2);
        }

        return Sleep(rings);
    }

    private static long Busy(IPaced rings)
    {
        rings.HoldLast();
        Thread.SpinWait(PauseLength);
        return 0;
    }

    private long Timed(IPaced rings, bool gotSome)
    {
        _empty = gotSome ? 0 : _empty + 1;
        if (_empty >= IdleRounds)
        {
            rings.GiveBack();
            return rings.IsReady ? 0 : Math.Max(Delay, Idle);
        }

        rings.HoldLast();
        return Delay;
    }

    private long Bytes(IPaced rings, bool gotSome)
    {
        if (gotSome) _since = 0;
        if (rings.Waiting == 0)
        {
            _since = 0;
            _held = false;
            rings.GiveBack();
            return rings.IsReady ? 0 : Idle;
        }

        if (_since == 0) _since = Stopwatch.GetTimestamp();
        if (IsEnough(rings) && rings.IsReady) return 0;
        rings.HoldLast();
        _held = true;
        return Math.Max(50_000, Delay / 16);
    }

    /// <summary>Called before each reading. False while what waits is too little to be read.</summary>
    /// <param name="rings">What is read.</param>
    /// <param name="woken">True if a program woke the reader: with wake-ups held off, it forced that.</param>
    internal bool MayRead(IPaced rings, bool woken)
    {
        if (_waitStart != 0) _waited += Stopwatch.GetTimestamp() - _waitStart;
        _waitStart = 0;
        return _policy.Kind != RingWakeupKind.Bytes || IsEnough(rings) || (woken && _held);
    }

    private readonly bool IsEnough(IPaced rings) => rings.Waiting >= _policy.MinBytes || (_since != 0 && Stopwatch.GetElapsedTime(_since) >= _policy.MaxDelay);

    /// <summary>
    /// True if others want this processor: the thread was ready to run and did not for a part of the last milliseconds. Then staying awake
    /// would use up the share of time that is needed for reading.
    /// </summary>
    private bool IsCrowded(IPaced rings)
    {
        long now = Stopwatch.GetTimestamp();
        if (now - _windowStart < Window) return now < _crowdedUntil;
        long used = rings.ThreadTime;
        long ready = now - _windowStart - (_waited - _windowWaited), ran = (long)((used - _windowUsed) * (Stopwatch.Frequency / 1e9));
        if (used >= 0 && _windowStart != 0 && ready - ran > Window / 5) _crowdedUntil = now + (20 * Window);
        (_windowStart, _windowUsed, _windowWaited) = (now, used, _waited);
        return now < _crowdedUntil;
    }

    private readonly long Sleep(IPaced rings)
    {
        rings.GiveBack();
        return rings.IsReady ? 0 : Delay; // looked at after the memory is given back: whoever writes from here on sees a reader that sleeps
    }

    /// <summary>Looks for records for a while. As long as more and more come, it lets them gather: reading right behind a producer slows both.</summary>
    private static bool Spin(IPaced rings, long duration)
    {
        long end = Stopwatch.GetTimestamp() + duration, before = 0;
        do
        {
            Thread.SpinWait(PauseLength);
            if (!rings.IsReady) continue;
            long waiting = rings.Waiting;
            if (waiting == before || waiting >= Gathered) return true;
            before = waiting;
        }
        while (Stopwatch.GetTimestamp() < end);
        return before != 0;
    }
}
