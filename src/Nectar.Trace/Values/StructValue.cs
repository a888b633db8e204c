// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Trace.Values;

/// <summary>A struct, a union, a tuple with names, or what <c>stats</c> gives (<c>count</c>, <c>average</c>, <c>total</c>).</summary>
public sealed class StructValue(ImmutableArray<KeyValuePair<string, TraceValue>> fields) : TraceValue
{
    /// <summary>Fields in order; anonymous members have an empty name.</summary>
    public ImmutableArray<KeyValuePair<string, TraceValue>> Fields { get; } = fields;

    /// <summary>The field of that name; null if there is none.</summary>
    public TraceValue? this[string name]
    {
        get
        {
            foreach (KeyValuePair<string, TraceValue> field in Fields)
            {
                if (field.Key == name) return field.Value;
            }

            return null;
        }
    }
}
