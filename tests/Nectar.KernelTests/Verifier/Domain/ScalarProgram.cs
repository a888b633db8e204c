// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;

namespace Nectar.KernelTests.Verifier.Domain;

/// <summary>
/// A random program of arithmetic and comparisons over r6 to r9 in one line, together with what <see cref="ScalarArithmetic"/> and
/// <see cref="ScalarBranches"/> say about each register after each instruction. A comparison either falls through or, when taken, skips an <c>exit</c>.
/// </summary>
internal sealed class ScalarProgram
{
    private static readonly Operation[] s_arithmetic =
    [
        Operation.Add, Operation.Sub, Operation.Mul, Operation.Div, Operation.Or, Operation.And, Operation.Lsh, Operation.Rsh, Operation.Neg,
        Operation.Mod, Operation.Xor, Operation.Mov, Operation.Arsh, Operation.MovSx8, Operation.MovSx16, Operation.MovSx32, Operation.ToBe, Operation.ToLe, Operation.Bswap, Operation.SDiv,
    ];

    private static readonly Operation[] s_branches =
    [
        Operation.Jeq, Operation.Jne, Operation.Jset, Operation.Jgt, Operation.Jge, Operation.Jlt, Operation.Jle, Operation.Jsgt, Operation.Jsge, Operation.Jslt, Operation.Jsle,
    ];

    private readonly Random _random;
    private readonly ScalarRange[] _registers = new ScalarRange[10];

    public ScalarProgram(int seed, int length)
    {
        _random = new Random(seed);
        foreach (int register in (ReadOnlySpan<int>)[6, 7, 8, 9])
        {
            Add(Operation.CallHelper, 0, OperandForm.Call, 0, 0, 0, 7); // bpf_get_prandom_u32 declares an integer: nothing is known
            Add(Operation.StoreRegister, 64, OperandForm.StoreReg, 10, 0, -8 * register, 0);
            Add(Operation.LoadSx, 32, OperandForm.LoadMem, register, 10, -8 * register, 0);
            _registers[register] = ScalarRange.Unknown;
            ScalarCasts.SignExtend(ref _registers[register], 4);
            Narrow(register);
        }
        Add(Operation.Mov, 64, OperandForm.DstImm, 0, 0, 0, 0);
        while (Code.Count < length)
        {
            if (_random.Next(3) == 0) Branch();
            else Arithmetic(Pick(), s_arithmetic[_random.Next(s_arithmetic.Length)]);
        }
        Add(Operation.Exit, 0, OperandForm.None, 0, 0, 0, 0);
    }

    public List<Instruction> Code { get; } = [];

    /// <summary>What each register should be: by slot, whether the slot is a jump's target, and register.</summary>
    public Dictionary<(int Slot, bool Jumped, int Register), ScalarRange> Expected { get; } = [];

    private void Narrow(int register)
    {
        switch (_random.Next(6))
        {
            case 0: Immediate(Operation.And, true, register, Number()); break;
            case 1: Immediate(Operation.Rsh, true, register, _random.Next(64)); break;
            case 2: Immediate(Operation.Mov, true, register, Number()); break;
            case 3: Immediate(Operation.Mul, true, register, Number()); break;
            case 4: Immediate(Operation.Add, false, register, Number()); break;
        }
    }

    private void Arithmetic(int register, Operation operation)
    {
        bool is64 = _random.Next(2) == 0 || operation == Operation.MovSx32;
        int source = Pick();
        if (operation is Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32)
        {
            if (source == register) return;
            Add(operation, is64 ? 64 : 32, OperandForm.DstSrc, register, source, 0, 0);
            Effect(operation, is64, register, _registers[source]);
            Immediate(Operation.Xor, true, source, 0); // an unchanged copy is linked to its original; this unlinks
        }
        else if (operation is Operation.Neg or Operation.ToBe or Operation.ToLe or Operation.Bswap)
        {
            int width = operation == Operation.Neg ? is64 ? 64 : 32 : 16 << _random.Next(3);
            Add(operation, width, OperandForm.Dst, register, 0, 0, 0);
            Effect(operation, is64, register, ScalarRange.Const((ulong)width));
        }
        else if (_random.Next(2) == 0 || operation == Operation.Mov || source == register)
        {
            int immediate = operation is Operation.Lsh or Operation.Rsh or Operation.Arsh ? _random.Next(is64 ? 64 : 32) : Number();
            if (operation is Operation.Div or Operation.Mod or Operation.SDiv && immediate == 0) immediate = 3;
            Immediate(operation, is64, register, immediate);
        }
        else
        {
            if (ScalarArithmetic.SplitsInTwo(operation, _registers[register], _registers[source], out _)) return;
            Add(operation, is64 ? 64 : 32, OperandForm.DstSrc, register, source, 0, 0);
            Effect(operation, is64, register, _registers[source]);
        }
    }

    private void Immediate(Operation operation, bool is64, int register, int immediate)
    {
        // mov32 of an immediate is the unsigned number, everything else extends the sign
        ScalarRange constant = ScalarRange.Const(operation == Operation.Mov && !is64 ? (uint)immediate : (ulong)immediate);
        if (ScalarArithmetic.SplitsInTwo(operation, _registers[register], constant, out _)) return;
        Add(operation, is64 ? 64 : 32, OperandForm.DstImm, register, 0, 0, immediate);
        Effect(operation, is64, register, constant);
    }

    private void Effect(Operation operation, bool is64, int register, in ScalarRange source)
    {
        ScalarArithmetic.Apply(operation, is64, ref _registers[register], source);
        Expected[(Code.Count - 1, false, register)] = _registers[register];
    }

    private void Branch()
    {
        Operation operation = s_branches[_random.Next(s_branches.Length)];
        bool is32 = _random.Next(2) == 0, withRegister = _random.Next(2) == 0;
        int left = Pick(), right = Pick();
        bool withItself = withRegister && left == right;
        int immediate = _random.Next(3) == 0 ? (int)(_random.Next(2) == 0 ? _registers[left].UMin : _registers[left].UMax) : Number();
        ScalarRange a = _registers[left], b = withRegister ? _registers[right] : ScalarRange.Const((ulong)immediate);
        BranchOutcome outcome = ScalarBranches.Decide(operation, a, b, is32);
        bool taken = outcome == BranchOutcome.Taken || outcome == BranchOutcome.Unknown && _random.Next(2) == 0;
        Add(operation, is32 ? 32 : 64, withRegister ? OperandForm.DstSrcJump : OperandForm.DstImmJump, left, withRegister ? right : 0, taken ? 1 : 0, withRegister ? 0 : immediate);
        if (outcome == BranchOutcome.Unknown) ScalarBranches.Refine(operation, taken, ref a, ref withItself ? ref a : ref b, is32);
        if (withItself) b = a;
        _registers[left] = a;
        if (withRegister) _registers[right] = b;
        if (taken) Add(Operation.Exit, 0, OperandForm.None, 0, 0, 0, 0);
        if (outcome != BranchOutcome.Unknown) return; // the kernel prints nothing where there is one way
        int slot = taken ? Code.Count : Code.Count - 1;
        Expected[(slot, taken, left)] = a;
        if (withRegister) Expected[(slot, taken, right)] = b;
    }

    private int Pick() => _random.Next(6, 10);

    private int Number() => _random.Next(7) switch
    {
        0 => _random.Next(-10, 70),
        1 => _random.Next(int.MinValue, int.MaxValue),
        2 => int.MinValue + _random.Next(3),
        3 => int.MaxValue - _random.Next(3),
        4 => (1 << _random.Next(32)) - 1,
        5 => -(1 << _random.Next(32)),
        _ => 1 << _random.Next(32),
    };

    private void Add(Operation operation, int width, OperandForm form, int destination, int source, int offset, int immediate)
    {
        OpcodeInfo row = OpcodeTable.Find(operation, width, form) ?? throw new InvalidOperationException($"{operation}{width} {form}");
        if (row.Discriminator == Discriminator.Offset) offset = row.DiscriminatorValue;
        if (row.Discriminator == Discriminator.Immediate) immediate = row.DiscriminatorValue;
        Code.Add(new Instruction(row.Opcode, destination, source, (short)offset, immediate));
    }
}
