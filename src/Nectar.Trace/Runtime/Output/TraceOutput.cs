// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Values;

namespace Nectar.Trace.Runtime.Output;

/// <summary>Where the results of a session go. Calls come one at a time.</summary>
internal abstract class TraceOutput : IDisposable
{
    /// <summary>The reader of the output is gone: nothing that follows is seen by anybody.</summary>
    public virtual bool IsBroken => false;

    /// <summary>Why that is; none while it is not.</summary>
    public virtual Bpf.Maps.Errno Problem => Bpf.Maps.Errno.None;

    /// <summary>Errors that the script or its programs reported: decides about tests.</summary>
    public int Errors { get; protected set; }

    /// <summary>A record of a place that prints.</summary>
    public abstract void Printf(PrintSite site, ReadOnlySpan<byte> record);

    /// <summary>What such a place printed.</summary>
    public abstract void Print(ReadOnlySpan<byte> text, PrintSeverity severity, SourceSpan where);

    public abstract void Value(TraceValue value);

    public abstract void Map(MapResult map);

    public abstract void Time(ReadOnlySpan<byte> text);

    public abstract void Cat(ReadOnlySpan<byte> content);

    public abstract void Join(ReadOnlySpan<byte> text);

    /// <summary>What a command of <c>system</c> wrote.</summary>
    public abstract void System(ReadOnlySpan<byte> text);

    /// <summary>What an iterator wrote.</summary>
    public virtual void Raw(ReadOnlySpan<byte> text) => Cat(text);

    public abstract void Attached(int probes);

    /// <summary>Events that are lost since the last call.</summary>
    public abstract void Lost(long events);

    public abstract void HelperError(string helper, int result, SourceSpan where);

    public abstract void RuntimeError(string message, SourceSpan where);

    /// <summary>Something about the run that is not of the script.</summary>
    public abstract void Warn(string message);

    public abstract void Error(string message);

    /// <summary>The loop is over; maps follow.</summary>
    public abstract void End();

    public abstract void Test(IReadOnlyList<string> names, int index, TimeSpan duration, IReadOnlyList<bool> passed, string output);

    public abstract void Benchmark(IReadOnlyList<string> names, int index, long nanoseconds, long runs);

    /// <summary>It wants to see the maps each second: <see cref="Observe"/>.</summary>
    public virtual bool ObservesMaps => false;

    /// <summary>The maps at this moment.</summary>
    public virtual void Observe(IEnumerable<MapResult> maps)
    {
    }

    /// <summary>Nothing more comes for the moment.</summary>
    public virtual void Idle()
    {
    }

    public virtual void Dispose()
    {
    }
}
