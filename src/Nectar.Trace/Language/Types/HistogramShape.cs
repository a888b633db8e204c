// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>Arguments of <c>hist</c> (bits), <c>lhist</c> (minimum, maximum, step), <c>tseries</c> (interval in ns, how many, aggregation).</summary>
internal sealed record HistogramShape(int Bits = 0, long Minimum = 0, long Maximum = 0, long Step = 0, ulong Interval = 0, int Intervals = 0, string Aggregation = "");
