// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Values;

/// <summary>What <c>tseries</c> kept, the oldest interval first.</summary>
/// <param name="interval">Nanoseconds of an interval.</param>
/// <param name="points">Start of each interval in nanoseconds since 1970 (TAI), and its value; <see cref="NullValue"/> where none came.</param>
public sealed class TimeSeriesValue(ulong interval, ImmutableArray<KeyValuePair<ulong, TraceValue>> points) : TraceValue
{
    /// <summary>Nanoseconds of an interval.</summary>
    public ulong Interval { get; } = interval;

    /// <summary>Start of each interval in nanoseconds since 1970 (TAI), and its value; <see cref="NullValue"/> where none came.</summary>
    public ImmutableArray<KeyValuePair<ulong, TraceValue>> Points { get; } = points;
}
