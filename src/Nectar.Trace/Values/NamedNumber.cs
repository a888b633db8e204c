// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Values;

/// <summary>A number that is shown as something else: an enumerator, a pointer.</summary>
public sealed class NamedNumber(string name, ulong number) : TraceValue
{
    /// <summary>What is shown.</summary>
    public string Name { get; } = name;

    /// <summary>What it is; JSON has this.</summary>
    public ulong Number { get; } = number;
}
