// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Binding;

/// <summary>A value that is known before the program runs.</summary>
internal abstract record ConstantValue;

/// <param name="Bits">The number; of unsigned ones the same bits.</param>
internal sealed record IntegerConstant(long Bits) : ConstantValue;

/// <summary>What <c>typeinfo</c> says; only while compiling.</summary>
internal sealed record TypeConstant(TraceType Of) : ConstantValue;

internal sealed record StringConstant(string Text) : ConstantValue;
