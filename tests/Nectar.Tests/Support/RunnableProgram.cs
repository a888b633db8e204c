// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Tests.Support;

/// <summary>Builds one runnable program. Registers: r6 to r9 and r0 hold numbers, r1 to r5 are scratch, memory is addressed through a spilled pointer.</summary>
internal sealed class RunnableProgram
{
    private const int StackSlots = 8; // 64 bytes below r10, all initialised
    private const int PointerSlot = -8 * (StackSlots + 1);
    private const int CounterSlot = -8 * (StackSlots + 2);

    private static readonly Operation[] s_arithmetic =
    [
        Operation.Add, Operation.Sub, Operation.Mul, Operation.Div, Operation.SDiv, Operation.Or, Operation.And, Operation.Lsh, Operation.Rsh,
        Operation.Mod, Operation.SMod, Operation.Xor, Operation.Mov, Operation.Arsh,
    ];

    private static readonly Operation[] s_conditions =
    [
        Operation.Jeq, Operation.Jgt, Operation.Jge, Operation.Jset, Operation.Jne, Operation.Jsgt, Operation.Jsge, Operation.Jlt, Operation.Jle, Operation.Jslt, Operation.Jsle,
    ];

    private static readonly Operation[] s_atomics =
    [
        Operation.AtomicAdd, Operation.AtomicOr, Operation.AtomicAnd, Operation.AtomicXor, Operation.AtomicFetchAdd, Operation.AtomicFetchOr,
        Operation.AtomicFetchAnd, Operation.AtomicFetchXor, Operation.AtomicXchg, Operation.AtomicCmpXchg,
    ];

    private readonly Random _random;
    private readonly RunnableOptions _options;
    private readonly List<Instruction> _code = [];
    private readonly List<(int Slot, int Subprogram)> _calls = [];
    private bool _isMain;
    private bool _hasLoop;

    public RunnableProgram(Random random, RunnableOptions options)
    {
        _random = random;
        _options = options;
    }

    public Instruction[] Build()
    {
        int[] starts = new int[_options.Subprograms + 1];
        Function(true, _options.Length);
        for (int s = 1; s <= _options.Subprograms; s++)
        {
            if (!_calls.Exists(c => c.Subprogram == s)) continue; // the kernel refuses code that nothing reaches
            starts[s] = _code.Count;
            Function(false, Math.Max(4, _options.Length / 6));
        }

        foreach ((int slot, int subprogram) in _calls) _code[slot] = _code[slot].WithImmediate(starts[subprogram] - slot - 1);
        return [.. _code];
    }

    private void Function(bool isMain, int length)
    {
        _isMain = isMain;
        _hasLoop = false;
        if (isMain && _options.MemorySize > 0) Emit(Operation.StoreRegister, 64, OperandForm.StoreReg, 10, 1, PointerSlot, 0);
        for (int slot = 1; slot <= StackSlots; slot++)
        {
            if (isMain || slot % 2 == 0) Emit(Operation.StoreImmediate, 64, OperandForm.StoreImm, 10, 0, -8 * slot, Number());
            else Emit(Operation.StoreRegister, 64, OperandForm.StoreReg, 10, 1 + (slot / 2), -8 * slot, 0);
        }

        foreach (int register in (ReadOnlySpan<int>)[0, 6, 7, 8, 9])
        {
            if (!isMain && register is 6 or 7) Emit(Operation.Mov, 64, OperandForm.DstSrc, register, register - 5, 0, 0);
            else if (_random.Next(2) == 0) Emit(Operation.Mov, 64, OperandForm.DstImm, register, 0, 0, Number());
            else Wide(register);
        }

        int end = _code.Count + length;
        while (_code.Count < end) Statement(0);
        foreach (int register in (ReadOnlySpan<int>)[6, 7, 8, 9])
        {
            // rotate by adding and xor, so that every register counts in the result
            Emit(Operation.Mul, 64, OperandForm.DstImm, 0, 0, 0, 31);
            Emit(Operation.Xor, 64, OperandForm.DstSrc, 0, register, 0, 0);
        }

        for (int slot = 1; slot <= StackSlots; slot++)
        {
            Emit(Operation.Load, 64, OperandForm.LoadMem, 1, 10, -8 * slot, 0);
            Emit(Operation.Add, 64, OperandForm.DstSrc, 0, 1, 0, 0);
        }

        Emit(Operation.Exit, 0, OperandForm.None, 0, 0, 0, 0);
    }

    private void Statement(int depth)
    {
        switch (_random.Next(20))
        {
            case < 9:
                Arithmetic();
                break;
            case < 11:
                Unary();
                break;
            case < 13:
                StackAccess();
                break;
            case 13:
                MemoryAccess();
                break;
            case 14:
                Atomic();
                break;
            case 15:
                Wide(Number64());
                break;
            case 16 when depth < 2:
                Loop(depth);
                break;
            case 17 when _isMain && depth == 0 && _options.Subprograms > 0:
                Call();
                break;
            case > 17 when depth < 3:
                Branch(depth);
                break;
            default:
                Arithmetic();
                break;
        }
    }

    private void Arithmetic()
    {
        Operation operation;
        do operation = s_arithmetic[_random.Next(s_arithmetic.Length)];
        while (_options.Cpu < CpuVersion.V4 && operation is Operation.SDiv or Operation.SMod);
        int width = _random.Next(2) == 0 ? 32 : 64;
        bool register = _random.Next(2) == 0;
        int immediate = Number();
        if (_options.ForKernel || _random.Next(8) != 0)
        {
            if (operation is Operation.Div or Operation.SDiv or Operation.Mod or Operation.SMod && immediate == 0) immediate = 7;
            if (operation is Operation.Lsh or Operation.Rsh or Operation.Arsh) immediate &= width - 1;
        }

        Emit(operation, width, register ? OperandForm.DstSrc : OperandForm.DstImm, Number64(), register ? Number64() : 0, 0, register ? 0 : immediate);
    }

    private void Unary()
    {
        int width = _random.Next(2) == 0 ? 32 : 64;
        int swap = 16 << _random.Next(3);
        bool v4 = _options.Cpu >= CpuVersion.V4;
        switch (_random.Next(v4 ? 5 : 3))
        {
            case 0:
                Emit(Operation.Neg, width, OperandForm.Dst, Number64(), 0, 0, 0);
                break;
            case 1:
                Emit(Operation.ToBe, swap, OperandForm.Dst, Number64(), 0, 0, 0);
                break;
            case 2:
                Emit(Operation.ToLe, swap, OperandForm.Dst, Number64(), 0, 0, 0);
                break;
            case 3:
                Emit(Operation.Bswap, swap, OperandForm.Dst, Number64(), 0, 0, 0);
                break;
            default:
                Operation extend = _random.Next(3) switch { 0 => Operation.MovSx8, 1 => Operation.MovSx16, _ => width == 64 ? Operation.MovSx32 : Operation.MovSx16 };
                Emit(extend, width, OperandForm.DstSrc, Number64(), Number64(), 0, 0);
                break;
        }
    }

    private void StackAccess()
    {
        int size = 8 << _random.Next(4);
        int offset = -8 * StackSlots + (_random.Next(StackSlots * 64 / size) * (size / 8));
        switch (_random.Next(4))
        {
            case 0:
                Emit(Operation.StoreImmediate, size, OperandForm.StoreImm, 10, 0, offset, Number());
                break;
            case 1:
                Emit(Operation.StoreRegister, size, OperandForm.StoreReg, 10, Number64(), offset, 0);
                break;
            case 2 when size < 64 && _options.Cpu >= CpuVersion.V4:
                Emit(Operation.LoadSx, size, OperandForm.LoadMem, Number64(), 10, offset, 0);
                break;
            default:
                Emit(Operation.Load, size, OperandForm.LoadMem, Number64(), 10, offset, 0);
                break;
        }
    }

    private void MemoryAccess()
    {
        if (!_isMain || _options.MemorySize < 8)
        {
            StackAccess();
            return;
        }

        int size = 8 << _random.Next(4);
        int offset = _random.Next(_options.MemorySize - (size / 8) + 1);
        if (_options.ForKernel) offset &= -(size / 8);
        Emit(Operation.Load, 64, OperandForm.LoadMem, 1, 10, PointerSlot, 0);
        switch (_random.Next(4))
        {
            case 0:
                Emit(Operation.StoreImmediate, size, OperandForm.StoreImm, 1, 0, offset, Number());
                break;
            case 1:
                Emit(Operation.StoreRegister, size, OperandForm.StoreReg, 1, Number64(), offset, 0);
                break;
            case 2 when size < 64 && _options.Cpu >= CpuVersion.V4:
                Emit(Operation.LoadSx, size, OperandForm.LoadMem, Number64(), 1, offset, 0);
                break;
            default:
                Emit(Operation.Load, size, OperandForm.LoadMem, Number64(), 1, offset, 0);
                break;
        }
    }

    private void Atomic()
    {
        if (!_options.Atomics || _options.Cpu < CpuVersion.V3)
        {
            StackAccess();
            return;
        }

        int width = _random.Next(2) == 0 ? 32 : 64;
        int offset = -8 * (1 + _random.Next(StackSlots)) + (width == 32 && _random.Next(2) == 0 ? 4 : 0);
        Emit(s_atomics[_random.Next(s_atomics.Length)], width, OperandForm.StoreReg, 10, Number64(), offset, 0);
    }

    /// <summary>A counted loop around a few statements; one at a time, because the counter has one place on the stack.</summary>
    private void Loop(int depth)
    {
        if (!_options.Loops || _hasLoop)
        {
            Arithmetic();
            return;
        }

        _hasLoop = true;
        Emit(Operation.StoreImmediate, 64, OperandForm.StoreImm, 10, 0, CounterSlot, 1 + _random.Next(6));
        int top = _code.Count;
        int statements = 1 + _random.Next(4);
        for (int s = 0; s < statements; s++) Statement(depth + 1);
        Emit(Operation.Load, 64, OperandForm.LoadMem, 1, 10, CounterSlot, 0);
        Emit(Operation.Sub, 64, OperandForm.DstImm, 1, 0, 0, 1);
        Emit(Operation.StoreRegister, 64, OperandForm.StoreReg, 10, 1, CounterSlot, 0);
        Emit(Operation.Jne, 64, OperandForm.DstImmJump, 1, 0, top - _code.Count - 1, 0);
        _hasLoop = false;
    }

    private void Branch(int depth)
    {
        Operation operation;
        do operation = s_conditions[_random.Next(s_conditions.Length)];
        while (_options.Cpu < CpuVersion.V2 && operation >= Operation.Jlt);
        int width = _options.Cpu >= CpuVersion.V3 && _random.Next(2) == 0 ? 32 : 64;
        bool register = _random.Next(2) == 0;
        int branch = _code.Count;
        Emit(operation, width, register ? OperandForm.DstSrcJump : OperandForm.DstImmJump, Number64(), register ? Number64() : 0, 0, register ? 0 : Number());
        int statements = 1 + _random.Next(4);
        for (int s = 0; s < statements; s++) Statement(depth + 1);
        int skip = -1;
        if (_random.Next(2) == 0)
        {
            bool isLong = _options.Cpu >= CpuVersion.V4 && _random.Next(2) == 0;
            skip = _code.Count;
            Emit(isLong ? Operation.JaLong : Operation.Ja, 0, isLong ? OperandForm.JumpLong : OperandForm.Jump, 0, 0, 0, 0);
        }

        _code[branch] = _code[branch].WithOffset((short)(_code.Count - branch - 1));
        if (skip < 0) return;
        Statement(depth + 1);
        int distance = _code.Count - skip - 1;
        _code[skip] = _code[skip].Opcode == 0x06 ? _code[skip].WithImmediate(distance) : _code[skip].WithOffset((short)distance);
    }

    private void Call()
    {
        for (int r = 1; r <= 5; r++) Emit(Operation.Mov, 64, OperandForm.DstSrc, r, Number64(), 0, 0);
        _calls.Add((_code.Count, 1 + _random.Next(_options.Subprograms)));
        Emit(Operation.CallLocal, 0, OperandForm.Call, 0, 0, 0, 0);
    }

    private void Wide(int register)
    {
        long value = _random.NextInt64(long.MinValue, long.MaxValue);
        _code.Add(new Instruction(OpcodeTable.LdImm64, register, 0, 0, (int)value));
        _code.Add(new Instruction(0, 0, 0, 0, (int)(value >> 32)));
    }

    /// <summary>A register that holds a number.</summary>
    private int Number64() => _random.Next(5) is var n && n == 0 ? 0 : n + 5;

    private int Number() => _random.Next(6) switch
    {
        0 => _random.Next(-10, 70),
        1 => _random.Next(int.MinValue, int.MaxValue),
        2 => int.MinValue,
        3 => int.MaxValue,
        4 => -1,
        _ => 1 << _random.Next(32),
    };

    private void Emit(Operation operation, int width, OperandForm form, int destination, int source, int offset, int immediate)
    {
        OpcodeInfo row = OpcodeTable.Find(operation, width, form) ?? throw new InvalidOperationException($"{operation}{width} {form}");
        if (row.Discriminator == Discriminator.Offset) offset = row.DiscriminatorValue;
        if (row.Discriminator == Discriminator.Immediate) immediate = row.DiscriminatorValue;
        if (row.Discriminator == Discriminator.Source) source = row.DiscriminatorValue;
        _code.Add(new Instruction(row.Opcode, destination, source, (short)offset, immediate));
    }
}
