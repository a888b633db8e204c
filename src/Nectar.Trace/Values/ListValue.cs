// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Values;

/// <summary>An array or a tuple.</summary>
public sealed class ListValue(ImmutableArray<TraceValue> items, bool isTuple) : TraceValue
{
    /// <summary>Elements in order.</summary>
    public ImmutableArray<TraceValue> Items { get; } = items;

    /// <summary>A tuple; the types of its elements differ.</summary>
    public bool IsTuple { get; } = isTuple;
}
