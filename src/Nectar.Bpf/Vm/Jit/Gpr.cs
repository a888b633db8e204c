// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>The sixteen general registers of x86-64 by their numbers in encodings.</summary>
internal enum Gpr
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
}

/// <summary>Condition codes by their numbers in encodings; the lowest bit inverts.</summary>
internal enum Condition
{
    Overflow, NotOverflow, Below, AboveEqual, Equal, NotEqual, BelowEqual, Above,
    Sign, NotSign, Parity, NotParity, Less, GreaterEqual, LessEqual, Greater,
}

/// <summary>A memory operand: base, optional index (scale 1) and displacement.</summary>
internal readonly struct Mem
{
    internal readonly Gpr Base;
    internal readonly Gpr Index;
    internal readonly int Displacement;

    internal Mem(Gpr baseRegister, int displacement)
    {
        Base = baseRegister;
        Index = Gpr.Rsp;
        Displacement = displacement;
    }

    internal Mem(Gpr baseRegister, Gpr index, int displacement)
    {
        Base = baseRegister;
        Index = index;
        Displacement = displacement;
    }

    /// <summary>rsp cannot be an index in this architecture, so its number says that there is none.</summary>
    internal bool HasIndex => Index != Gpr.Rsp;

    internal bool Uses(Gpr register) => Base == register || (HasIndex && Index == register);
}
