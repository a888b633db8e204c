// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Linux.Events;

/// <summary>One reader with its handler in a loop.</summary>
internal abstract class EventSource
{
    internal abstract bool IsDisposed { get; }

    internal abstract bool IsReady { get; }

    /// <summary>Bytes that wait.</summary>
    internal abstract long Waiting { get; }

    /// <summary>Nanoseconds after which it wants to be looked at, wake-up or not.</summary>
    internal virtual long LongestWait => long.MaxValue;

    internal abstract void Begin();

    internal abstract void End();

    internal abstract int Drain(int maxRecords, out bool isStopped);

    internal virtual void HoldLast()
    {
    }

    internal virtual void GiveBack()
    {
    }

    /// <summary>The loop is gone.</summary>
    internal abstract void Forget();
}

internal sealed class RingSource<T>(RingBufferReader reader, T handler) : EventSource
    where T : IRecordHandler
{
    private T _handler = handler;

    internal override bool IsDisposed => reader.IsDisposed;

    internal override bool IsReady => ((IPaced)reader).IsReady;

    internal override long Waiting => ((IPaced)reader).Waiting;

    internal override void Begin() => reader.BeginUse();

    internal override void End() => reader.EndUse();

    internal override int Drain(int maxRecords, out bool isStopped) => reader.Drain(ref _handler, maxRecords, out isStopped);

    internal override void HoldLast() => ((IPaced)reader).HoldLast();

    internal override void GiveBack() => ((IPaced)reader).GiveBack();

    internal override void Forget() => reader.Memory.OnWake(null);
}

internal sealed class PerfSource<T>(PerfBufferReader reader, T handler) : EventSource
    where T : IPerfHandler
{
    private T _handler = handler;

    internal override bool IsDisposed => reader.IsDisposed;

    internal override bool IsReady => reader.HasRecord();

    internal override long Waiting => reader.Waiting;

    internal override long LongestWait => reader.LongestWait < 0 ? long.MaxValue : reader.LongestWait;

    internal override void Begin() => reader.BeginUse();

    internal override void End() => reader.EndUse();

    internal override int Drain(int maxRecords, out bool isStopped)
    {
        isStopped = false;
        return reader.Drain(ref _handler);
    }

    internal override void Forget() => reader.Memory.OnWake(null);
}
