// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Values;

/// <summary>What kind of values a map has; decides how it is written.</summary>
public enum MapResultKind : byte
{
    /// <summary>Numbers, strings, structs and so on.</summary>
    Values,

    /// <summary>Of <c>avg</c> and <c>stats</c>.</summary>
    Statistics,

    /// <summary>Of <c>hist</c> and <c>lhist</c>.</summary>
    Histograms,

    /// <summary>Of <c>tseries</c>.</summary>
    TimeSeries,
}
