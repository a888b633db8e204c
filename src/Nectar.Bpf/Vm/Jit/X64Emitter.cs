// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// Writes x86-64 machine code into a native buffer that it keeps for the next program. One method per encoding shape; the
/// callers name opcodes. Opcodes above 0xFF mean the two-byte map (0F xx), above 0xFFFF the three-byte map (0F 38 xx).
/// Callers reserve room once per instruction of the program, so that no method here tests for the end.
/// </summary>
internal sealed unsafe class X64Emitter
{
    /// <summary>More than any one instruction of a program turns into; larger emitters reserve again.</summary>
    internal const int Headroom = 1024;

    internal const int Add = 0x01, Or = 0x09, And = 0x21, Sub = 0x29, Xor = 0x31, Cmp = 0x39, Test = 0x85, Mov = 0x89, LoadOp = 0x8b;
    internal const int ExtAdd = 0, ExtOr = 1, ExtAnd = 4, ExtSub = 5, ExtXor = 6, ExtCmp = 7;
    internal const int ExtRol = 0, ExtRor = 1, ExtShl = 4, ExtShr = 5, ExtSar = 7;

    private byte* _start;
    private byte* _end;
    private byte* _next;

    internal X64Emitter(int capacity)
    {
        _start = (byte*)NativeMemory.Alloc((nuint)capacity);
        _end = _start + capacity;
        _next = _start;
    }

    ~X64Emitter() => NativeMemory.Free(_start);

    internal int Position => (int)(_next - _start);

    internal ReadOnlySpan<byte> Code => new(_start, Position);

    internal byte* Start => _start;

    internal void Clear() => _next = _start;

    /// <summary>Makes sure that <see cref="Headroom"/> bytes fit.</summary>
    internal void Reserve()
    {
        if (_end - _next < Headroom) Grow();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        int used = Position;
        int capacity = checked((int)(_end - _start) * 2);
        _start = (byte*)NativeMemory.Realloc(_start, (nuint)capacity);
        _end = _start + capacity;
        _next = _start + used;
    }

    internal void Byte(int value) => *_next++ = (byte)value;

    internal void Int32(int value)
    {
        Unsafe.WriteUnaligned(_next, value);
        _next += 4;
    }

    internal void Int64(ulong value)
    {
        Unsafe.WriteUnaligned(_next, value);
        _next += 8;
    }

    /// <summary>Register to register; <paramref name="reg"/> is the reg field and <paramref name="rm"/> the rm field.</summary>
    internal void Rr(bool wide, int opcode, Gpr reg, Gpr rm)
    {
        Rex(wide, (int)reg, 0, (int)rm, false);
        Opcode(opcode);
        Byte(0xc0 | (((int)reg & 7) << 3) | ((int)rm & 7));
    }

    /// <summary>Register to register where the operands are bytes, or the rm operand is: needs REX to name sil, dil, bpl.</summary>
    internal void RrByte(bool wide, int opcode, Gpr reg, Gpr rm)
    {
        Rex(wide, (int)reg, 0, (int)rm, true);
        Opcode(opcode);
        Byte(0xc0 | (((int)reg & 7) << 3) | ((int)rm & 7));
    }

    /// <summary>Register and memory.</summary>
    internal void Rm(bool wide, int opcode, Gpr reg, Mem memory, bool forceRex = false)
    {
        Rex(wide, (int)reg, memory.HasIndex ? (int)memory.Index : 0, (int)memory.Base, forceRex);
        Opcode(opcode);
        Memory((int)reg, memory);
    }

    /// <summary>Arithmetic with an immediate (group 1), the short form where it fits.</summary>
    internal void Ri(bool wide, int extension, Gpr rm, int immediate)
    {
        Rex(wide, 0, 0, (int)rm, false);
        bool isShort = immediate == (sbyte)immediate;
        if (!isShort && rm == Gpr.Rax)
        {
            Byte((extension << 3) | 5);
        }
        else
        {
            Byte(isShort ? 0x83 : 0x81);
            Byte(0xc0 | (extension << 3) | ((int)rm & 7));
        }

        if (isShort) Byte(immediate);
        else Int32(immediate);
    }

    /// <summary>Arithmetic of memory with an immediate (group 1).</summary>
    internal void Mi(bool wide, int extension, Mem memory, int immediate)
    {
        Rex(wide, 0, memory.HasIndex ? (int)memory.Index : 0, (int)memory.Base, false);
        bool isShort = immediate == (sbyte)immediate;
        Byte(isShort ? 0x83 : 0x81);
        Memory(extension, memory);
        if (isShort) Byte(immediate);
        else Int32(immediate);
    }

    /// <summary>Group operation with only an rm register: F7 (neg, mul, div), D3 (shift by cl), FF (call, jump).</summary>
    internal void Unary(bool wide, int opcode, int extension, Gpr rm)
    {
        Rex(wide, 0, 0, (int)rm, false);
        Byte(opcode);
        Byte(0xc0 | (extension << 3) | ((int)rm & 7));
    }

    /// <summary>Group operation on memory.</summary>
    internal void UnaryMem(bool wide, int opcode, int extension, Mem memory)
    {
        Rex(wide, 0, memory.HasIndex ? (int)memory.Index : 0, (int)memory.Base, false);
        Byte(opcode);
        Memory(extension, memory);
    }

    /// <summary>Shift or rotate by a constant.</summary>
    internal void ShiftImmediate(bool wide, int extension, Gpr rm, int count)
    {
        Rex(wide, 0, 0, (int)rm, false);
        if (count == 1)
        {
            Byte(0xd1);
            Byte(0xc0 | (extension << 3) | ((int)rm & 7));
            return;
        }

        Byte(0xc1);
        Byte(0xc0 | (extension << 3) | ((int)rm & 7));
        Byte(count);
    }

    /// <summary>BMI instruction with three operands in map 0F 38.</summary>
    internal void Vex(bool wide, int prefix, int opcode, Gpr reg, Gpr third, Gpr rm)
    {
        Byte(0xc4);
        Byte(((int)reg < 8 ? 0x80 : 0) | 0x40 | ((int)rm < 8 ? 0x20 : 0) | 2);
        Byte((wide ? 0x80 : 0) | ((~(int)third & 15) << 3) | prefix);
        Byte(opcode);
        Byte(0xc0 | (((int)reg & 7) << 3) | ((int)rm & 7));
    }

    /// <summary>rorx: rotate right into another register.</summary>
    internal void Rorx(bool wide, Gpr reg, Gpr rm, int count)
    {
        Byte(0xc4);
        Byte(((int)reg < 8 ? 0x80 : 0) | 0x40 | ((int)rm < 8 ? 0x20 : 0) | 3);
        Byte((wide ? 0x80 : 0) | 0x78 | 3);
        Byte(0xf0);
        Byte(0xc0 | (((int)reg & 7) << 3) | ((int)rm & 7));
        Byte(count);
    }

    /// <summary>Copies a register; 32 bits wide it also clears the upper half.</summary>
    internal void Move(bool wide, Gpr to, Gpr from) => Rr(wide, Mov, from, to);

    /// <summary>Loads a constant with the shortest instruction. Changes flags if the constant is 0.</summary>
    internal void MoveImmediate(Gpr to, ulong value)
    {
        if (value == 0)
        {
            Rr(false, Xor, to, to);
        }
        else if (value <= uint.MaxValue)
        {
            if ((int)to >= 8) Byte(0x41);
            Byte(0xb8 | ((int)to & 7));
            Int32((int)value);
        }
        else if ((long)value == (int)value)
        {
            Byte((int)to >= 8 ? 0x49 : 0x48);
            Byte(0xc7);
            Byte(0xc0 | ((int)to & 7));
            Int32((int)value);
        }
        else
        {
            Byte((int)to >= 8 ? 0x49 : 0x48);
            Byte(0xb8 | ((int)to & 7));
            Int64(value);
        }
    }

    /// <summary>lea.</summary>
    internal void Lea(bool wide, Gpr to, Mem memory) => Rm(wide, 0x8d, to, memory);

    /// <summary>lea of a register times 2, 4 or 8.</summary>
    internal void LeaScaled(bool wide, Gpr to, Gpr index, int shift)
    {
        if (shift == 1)
        {
            Lea(wide, to, new Mem(index, index, 0));
            return;
        }

        Rex(wide, (int)to, (int)index, 0, false);
        Byte(0x8d);
        Byte((((int)to & 7) << 3) | 4);
        Byte((shift << 6) | (((int)index & 7) << 3) | 5);
        Int32(0);
    }

    /// <summary>crc32 (SSE4.2) of a 32- or 64-bit register.</summary>
    internal void Crc32(bool wide, Gpr to, Gpr from)
    {
        Byte(0xf2);
        Rr(wide, 0x38f1 | 0x10000, to, from);
    }

    /// <summary>Loads 32 bits from base + index * 4.</summary>
    internal void LoadScaled(Gpr to, Gpr start, Gpr index)
    {
        Rex(false, (int)to, (int)index, (int)start, false);
        Byte(LoadOp);
        Byte(0x44 | (((int)to & 7) << 3));
        Byte(0x80 | (((int)index & 7) << 3) | ((int)start & 7));
        Byte(0);
    }

    internal void Push(Gpr register)
    {
        if ((int)register >= 8) Byte(0x41);
        Byte(0x50 | ((int)register & 7));
    }

    internal void Pop(Gpr register)
    {
        if ((int)register >= 8) Byte(0x41);
        Byte(0x58 | ((int)register & 7));
    }

    /// <summary>A call of machine code at an absolute address, through a scratch register.</summary>
    internal void CallAbsolute(Gpr scratch, nint address)
    {
        MoveImmediate(scratch, (ulong)address);
        Unary(false, 0xff, 2, scratch);
    }

    /// <summary>Fills up with long no-operations to the next multiple.</summary>
    internal void Align(int alignment, int maximum)
    {
        int padding = -Position & (alignment - 1);
        if (padding > maximum) return;
        while (padding > 0)
        {
            int length = Math.Min(padding, 9);
            NoOperation(length).CopyTo(new Span<byte>(_next, length));
            _next += length;
            padding -= length;
        }
    }

    /// <summary>Sets the distance of a jump whose rel8 or rel32 field starts at <paramref name="field"/>; false if it does not fit.</summary>
    internal bool Patch(int field, bool isShort, int target)
    {
        if (isShort)
        {
            int distance = target - (field + 1);
            _start[field] = (byte)distance;
            return distance == (sbyte)distance;
        }

        Unsafe.WriteUnaligned(_start + field, target - (field + 4));
        return true;
    }

    private static ReadOnlySpan<byte> NoOperation(int length) => length switch
    {
        1 => [0x90],
        2 => [0x66, 0x90],
        3 => [0x0f, 0x1f, 0x00],
        4 => [0x0f, 0x1f, 0x40, 0x00],
        5 => [0x0f, 0x1f, 0x44, 0x00, 0x00],
        6 => [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
        7 => [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
        8 => [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
        _ => [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    };

    private void Rex(bool wide, int reg, int index, int rm, bool force)
    {
        int rex = (wide ? 8 : 0) | ((reg >> 3) << 2) | ((index >> 3) << 1) | (rm >> 3);
        if (rex != 0 || force) Byte(0x40 | rex);
    }

    private void Opcode(int opcode)
    {
        if (opcode > 0xff)
        {
            Byte(0x0f);
            if (opcode > 0xffff) Byte(0x38);
        }

        Byte(opcode);
    }

    private void Memory(int reg, Mem memory)
    {
        int low = (int)memory.Base & 7;
        int field = (reg & 7) << 3;
        int displacement = memory.Displacement;

        // rbp and r13 without displacement mean something else; rsp and r12 as base need a SIB byte.
        int mode = displacement == 0 && low != 5 ? 0 : displacement == (sbyte)displacement ? 0x40 : 0x80;
        if (memory.HasIndex)
        {
            Byte(mode | field | 4);
            Byte((((int)memory.Index & 7) << 3) | low);
        }
        else
        {
            Byte(mode | field | low);
            if (low == 4) Byte(0x24);
        }

        if (mode == 0x40) Byte(displacement);
        else if (mode == 0x80) Int32(displacement);
    }
}
