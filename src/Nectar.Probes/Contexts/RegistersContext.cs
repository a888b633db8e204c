// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes;

/// <summary><c>struct pt_regs</c> of x86-64.</summary>
public struct pt_regs
{
#pragma warning disable CS1591 // the kernel's names
    public ulong r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
#pragma warning restore CS1591
}

/// <summary>The context of kprobes and uprobes: the registers at the probed instruction, x86-64.</summary>
/// <param name="registers">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref struct RegistersContext(pt_regs* registers)
{
    private readonly pt_regs* _registers = registers;

    /// <summary>The registers.</summary>
    public pt_regs* Pointer => _registers;

    /// <summary>The probed address; at a uretprobe the address that is returned to.</summary>
    public ulong InstructionPointer => _registers->ip;

    /// <summary>The stack pointer.</summary>
    public ulong StackPointer => _registers->sp;

    /// <summary>The result register, at returns.</summary>
    public T Result<T>()
        where T : unmanaged
    {
        ulong value = _registers->ax;
        return Unsafe.As<ulong, T>(ref value);
    }

    /// <summary>An integer argument of the function, at entries: the low bytes of its register.</summary>
    /// <param name="index">0 to 5, a constant.</param>
    public T Argument<T>(int index)
        where T : unmanaged
    {
        ulong value = Register(index);
        return Unsafe.As<ulong, T>(ref value);
    }

    /// <summary>An argument that is an address.</summary>
    /// <param name="index">0 to 5, a constant.</param>
    public byte* ArgumentPointer(int index) => (byte*)Register(index);

    private ulong Register(int index)
    {
        if (index == 0) return _registers->di;
        if (index == 1) return _registers->si;
        if (index == 2) return _registers->dx;
        if (index == 3) return _registers->cx;
        if (index == 4) return _registers->r8;
        if (index == 5) return _registers->r9;
        return 0;
    }
}
