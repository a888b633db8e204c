// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Trace.Lowering;

/// <summary>Room in the ring buffer that was reserved: write to <paramref name="Pointer"/>, then <see cref="ProbeLowering.Submit"/>.</summary>
/// <param name="Pointer">The record's start; action and padding are written already, fields begin at 8.</param>
/// <param name="Size">Bytes in all.</param>
/// <param name="After">Where both ways meet: sent, and ring full.</param>
internal readonly record struct Record(Value Pointer, int Size, Block After);
