// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Decoding;

/// <summary>One instruction of IL, short forms made long.</summary>
/// <param name="Offset">In bytes from the start of the method.</param>
/// <param name="Code">The opcode: never a short form, so <c>ldarg.0</c> is <c>ldarg</c> with operand 0.</param>
/// <param name="Operand">Token, number, variable, or the block that a branch goes to; for <c>switch</c> the index in <see cref="IlBody.Switches"/>.</param>
internal readonly record struct IlInstruction(int Offset, ILOpCode Code, long Operand);
