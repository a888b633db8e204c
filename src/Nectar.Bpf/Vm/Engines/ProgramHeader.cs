// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Vm;

/// <summary>
/// The native head of a program that can run: what prog arrays hold (element i of a prog array is the address of one, or 0) and what
/// <see cref="VmState.Program"/> points to. Machine code reads it, so the layout is fixed.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct ProgramHeader
{
    internal const uint MagicNumber = 0x4750504e;

    [FieldOffset(0)] internal uint Magic;

    /// <summary>Slots of the entry function: what entering it costs in fuel.</summary>
    [FieldOffset(4)] internal int EntryCost;

    /// <summary>Machine code that a tail call jumps to; 0 for programs of the interpreter.</summary>
    [FieldOffset(8)] internal nint TailEntry;

    /// <summary>GCHandle of the managed <see cref="ExecutableProgram"/>.</summary>
    [FieldOffset(16)] internal nint Owner;

    /// <summary><see cref="ContextLayout.Number"/> of its context.</summary>
    [FieldOffset(24)] internal int Context;
}
