// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Values;

/// <summary>A number of 64 bits, with or without a sign.</summary>
/// <param name="bits">The number; of unsigned ones the same bits.</param>
/// <param name="isSigned">Below zero is possible.</param>
public sealed class IntegerValue(long bits, bool isSigned) : TraceValue
{
    /// <summary>The number; see <see cref="Unsigned"/> if <see cref="IsSigned"/> is false.</summary>
    public long Signed { get; } = bits;

    /// <summary>The same bits without a sign.</summary>
    public ulong Unsigned => (ulong)Signed;

    /// <summary>How to understand the bits.</summary>
    public bool IsSigned { get; } = isSigned;
}
