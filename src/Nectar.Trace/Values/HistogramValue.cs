// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Values;

/// <summary>What <c>hist</c> and <c>lhist</c> counted, from the first bucket that is not empty to the last.</summary>
public sealed class HistogramValue(ImmutableArray<HistogramBucket> buckets) : TraceValue
{
    /// <summary>Buckets in ascending order; those between the first and the last may be empty.</summary>
    public ImmutableArray<HistogramBucket> Buckets { get; } = buckets;
}
