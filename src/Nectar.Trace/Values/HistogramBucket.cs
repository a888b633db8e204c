// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Values;

/// <summary>A bucket of a histogram.</summary>
/// <param name="From">The least number in it; null if it has no lower end.</param>
/// <param name="To">The first number above it; null if it has no upper end.</param>
/// <param name="Count">How many numbers it got.</param>
/// <param name="FromLabel">The lower end in words: <c>4K</c>.</param>
/// <param name="ToLabel">The upper end in words.</param>
/// <param name="IsSingle">It stands for one number and is shown as that.</param>
public readonly record struct HistogramBucket(long? From, long? To, ulong Count, string FromLabel, string ToLabel, bool IsSingle);
