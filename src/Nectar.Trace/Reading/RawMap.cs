// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Reading;

/// <summary>A map's elements as the kernel gives them.</summary>
/// <param name="Keys">One after the other, each of the key type's size; empty for a scalar.</param>
/// <param name="Values">One after the other; of maps with a value for each processor all of them, <paramref name="Stride"/> bytes apart.</param>
internal readonly record struct RawMap(int Count, ReadOnlyMemory<byte> Keys, int KeySize, ReadOnlyMemory<byte> Values, int ValueSize, int Processors, int Stride);
