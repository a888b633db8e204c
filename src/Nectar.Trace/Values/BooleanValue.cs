// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Values;

/// <summary><c>true</c> or <c>false</c>.</summary>
public sealed class BooleanValue(bool value) : TraceValue
{
    /// <summary>Which of both.</summary>
    public bool Value { get; } = value;
}
