// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Values;

/// <summary>Bytes of <c>buf</c>.</summary>
public sealed class BytesValue(ReadOnlyMemory<byte> bytes) : TraceValue
{
    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;
}
