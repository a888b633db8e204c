// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.CompilerTests.Codegen;

/// <summary>
/// Random XDP programs in IR: arithmetic of both widths, comparisons, memory of packet and frame, branches, counted loops, helpers and
/// subprograms, with many values alive at once. The verifier accepts all of them.
/// </summary>
internal sealed class RandomIr
{
    internal const int PacketSize = 64;
    private static readonly Op[] s_arithmetic =
    [
        Op.Add, Op.Subtract, Op.Multiply, Op.DivideUnsigned, Op.RemainderUnsigned, Op.And, Op.Or, Op.Xor, Op.ShiftLeft, Op.ShiftRight, Op.ShiftRightSigned, Op.DivideSigned, Op.RemainderSigned,
    ];

    private readonly Random _random;
    private readonly IrModule _module;
    private readonly IrBuilder _builder;
    private readonly List<Value> _words = [];
    private readonly List<Value> _longs = [];
    private readonly List<Value> _slots = [];
    private readonly IrFunction? _callee;
    private Value _packet = null!;
    private int _budget;

    private RandomIr(Random random, IrModule module, IrFunction function, IrFunction? callee, int budget)
    {
        (_random, _module, _callee, _budget) = (random, module, callee, budget);
        _builder = new IrBuilder(function);
    }

    /// <summary>Adds a program named <c>program</c> to a module, with the subprogram that it calls.</summary>
    internal static void AddTo(IrModule module, int seed, int size)
    {
        Random random = new(seed);
        IrFunction callee = new("callee", IrType.I64);
        new RandomIr(random, module, callee, null, 12).Subprogram();
        IrFunction program = new("program", IrType.I32);
        new RandomIr(random, module, program, callee, size).Program();
        module.Functions.Add(program);
        module.Functions.Add(callee);
        module.Programs.Add(new IrProgram(program, "xdp"));
    }

    private void Subprogram()
    {
        _longs.Add(_builder.Parameter(IrType.I64));
        _longs.Add(_builder.Parameter(IrType.I64));
        _words.Add(_builder.Truncate(_longs[0]));
        while (_budget > 0) Calculate();
        _builder.Return(Long());
    }

    private void Program()
    {
        Value context = _builder.Parameter(IrType.Pointer, PointerOrigin.Context);
        _packet = _builder.Load(IrType.Pointer, context, 4);
        _packet.Origin = PointerOrigin.Packet;
        Value end = _builder.Load(IrType.Pointer, context, 4, 4);
        end.Origin = PointerOrigin.PacketEnd;
        Block inside = _builder.Function.NewBlock(), outside = _builder.Function.NewBlock();
        _builder.Branch(_builder.Compare(Op.GreaterUnsigned, _builder.Offset(_packet, PacketSize), end), outside, inside);
        _builder.Block = outside;
        _builder.Return(_builder.I32(7));
        _builder.Block = inside;
        for (int i = 0; i < 3; i++)
        {
            Value slot = _builder.StackSlot(_random.Next(1, 5) * 8, 8, $"slot{i}");
            _builder.MemorySet(slot, _builder.I32(_random.Next(256)), slot.Immediate);
            _slots.Add(slot);
        }

        for (int i = 0; i < 4; i++)
        {
            _words.Add(_builder.Load(IrType.I32, _packet, 4, i * 4));
            _longs.Add(_builder.Load(IrType.I64, _packet, 8, 16 + (i * 8)));
        }

        while (_budget > 0) Statement(0);
        Value result = Word();
        foreach (Value value in _longs.TakeLast(_random.Next(8))) result = _builder.Binary(Op.Xor, result, _builder.Truncate(value));
        foreach (Value value in _words.TakeLast(_random.Next(8))) result = _builder.Binary(Op.Add, result, value);
        _builder.Return(result);
    }

    private Value Word() => _random.Next(5) == 0 ? _builder.I32(Number32()) : _words[_random.Next(Math.Max(0, _words.Count - 24), _words.Count)];

    private Value Long() => _random.Next(5) == 0 ? _builder.I64(Number64()) : _longs[_random.Next(Math.Max(0, _longs.Count - 24), _longs.Count)];

    private int Number32() => _random.Next(6) switch { 0 => 0, 1 => -1, 2 => int.MinValue, 3 => _random.Next(64), 4 => 0xffff, _ => (int)_random.NextInt64() };

    private long Number64() => _random.Next(7) switch { 0 => 0, 1 => -1, 2 => uint.MaxValue, 3 => _random.Next(64), 4 => long.MinValue, 5 => Number32(), _ => _random.NextInt64(long.MinValue, long.MaxValue) };

    private void Statement(int depth)
    {
        switch (_random.Next(12))
        {
            case 0 when depth < 3:
                If(depth);
                break;
            case 1 when depth < 2:
                Loop(depth);
                break;
            case 2:
                Memory();
                break;
            case 3:
                _budget--;
                if (_random.Next(3) > 0) _longs.Add(_builder.Call(_callee!, IrType.I64, Long(), Long()));
                else _builder.Call(HelperTargets.Find(5)!, IrType.I64); // ktime_get_ns, whose result is dropped
                break;
            default:
                Calculate();
                break;
        }
    }

    private void Calculate()
    {
        _budget--;
        switch (_random.Next(10))
        {
            case 0:
                _longs.Add(_random.Next(2) == 0 ? _builder.ZeroExtend(Word(), Width(4), IrType.I64) : _builder.SignExtend(Word(), Width(4), IrType.I64));
                break;
            case 1:
                _words.Add(_random.Next(2) == 0 ? _builder.ZeroExtend(Word(), Width(4), IrType.I32) : _builder.SignExtend(Word(), Width(4), IrType.I32));
                break;
            case 2:
                _words.Add(_builder.Truncate(Long()));
                break;
            case 3:
                _words.Add(Condition());
                break;
            case 4:
                if (_random.Next(2) == 0) _words.Add(_builder.ByteSwap(Word(), _random.Next(2) == 0 ? 2 : 4));
                else _longs.Add(_builder.ByteSwap(Long(), 8));
                break;
            case 5:
                if (_random.Next(2) == 0) _words.Add(_builder.Negate(Word()));
                else _longs.Add(_builder.Negate(Long()));
                break;
            case 6 or 7:
                _words.Add(_builder.Binary(Pick(s_arithmetic), Word(), Word()));
                break;
            default:
                _longs.Add(_builder.Binary(Pick(s_arithmetic), Long(), Long()));
                break;
        }
    }

    private int Width(int most) => 1 << _random.Next(most == 4 ? 3 : 4);

    private T Pick<T>(T[] of) => of[_random.Next(of.Length)];

    private Value Condition()
    {
        Op op = (Op)((int)Op.Equal + _random.Next(10));
        if (_random.Next(4) == 0)
        {
            Value bits = _builder.Binary(Op.And, Word(), _builder.I32(1 << _random.Next(32)));
            return _builder.Compare(_random.Next(2) == 0 ? Op.Equal : Op.NotEqual, bits, _builder.I32(0));
        }

        return _random.Next(2) == 0 ? _builder.Compare(op, Word(), Word()) : _builder.Compare(op, Long(), Long());
    }

    private void Memory()
    {
        _budget--;
        bool isPacket = _random.Next(2) == 0;
        Value pointer = isPacket ? _packet : _slots[_random.Next(_slots.Count)];
        int size = isPacket ? PacketSize : (int)pointer.Immediate;
        int width = Width(8);
        int offset = _random.Next(size / width) * width;
        if (isPacket && _random.Next(2) == 0) offset = _random.Next(size - width + 1);
        Value at = _random.Next(2) == 0 ? _builder.Offset(pointer, offset) : pointer;
        int rest = at == pointer ? offset : 0;
        switch (_random.Next(7))
        {
            case 0 or 1:
                _builder.Store(at, width == 8 || _random.Next(2) == 0 ? Long() : Word(), width, rest);
                break;
            case 2 when isPacket: // other memory of the frame would be needed: not all of it may be atomic
                _words.Add(_builder.Load(IrType.I32, at, Math.Min(width, 4), rest, _random.Next(2) == 0));
                break;
            case 3:
                Value from = isPacket ? _slots[0] : _packet;
                _builder.MemoryCopy(pointer, from, Math.Min(size, from == _packet ? PacketSize : (int)from.Immediate));
                break;
            case 4:
                _words.Add(_builder.MemoryEqual(_slots[0], _packet, _random.Next((int)_slots[0].Immediate + 1)));
                break;
            case 5 when !isPacket && width >= 4:
                AtomicKind kind = (AtomicKind)_random.Next(_module.Target.HasFetchingAtomics ? 6 : 1);
                bool fetches = _module.Target.HasFetchingAtomics && _random.Next(2) == 0;
                Value[] operands = width == 8 ? [at, Long(), Long()] : [at, Word(), Word()];
                IrType type = width == 8 ? IrType.I64 : IrType.I32;
                Value atomic = _builder.Atomic(kind, fetches ? type : IrType.Void, width, kind == AtomicKind.CompareExchange ? operands : operands[..2]);
                atomic.Immediate = rest;
                if (fetches) (type == IrType.I64 ? _longs : _words).Add(atomic);
                break;
            default:
                _longs.Add(_builder.Load(IrType.I64, at, width, rest, _random.Next(2) == 0));
                break;
        }
    }

    private void If(int depth)
    {
        Block then = _builder.Function.NewBlock(), otherwise = _builder.Function.NewBlock(), join = _builder.Function.NewBlock();
        _builder.Branch(Condition(), then, otherwise);
        (int words, int longs) = (_words.Count, _longs.Count);
        (Value Word, Value Long, Value Other) Arm(Block arm)
        {
            _builder.Block = arm;
            for (int i = _random.Next(4); i > 0; i--) Statement(depth + 1);
            (Value, Value, Value) result = (Word(), Long(), Long());
            _words.RemoveRange(words, _words.Count - words);
            _longs.RemoveRange(longs, _longs.Count - longs);
            return result;
        }

        var first = Arm(then);
        Block thenEnd = _builder.Block;
        var second = Arm(otherwise);
        if (_random.Next(6) == 0) _builder.Return(second.Word);
        bool returned = _builder.IsTerminated;
        if (!returned) _builder.Jump(join);
        _builder.Block = thenEnd;
        _builder.Jump(join);
        _builder.Block = join;
        _words.Add(returned ? _builder.Phi(IrType.I32, first.Word) : _builder.Phi(IrType.I32, second.Word, first.Word));
        _longs.Add(returned ? _builder.Phi(IrType.I64, first.Long) : _builder.Phi(IrType.I64, second.Long, first.Long));
        _longs.Add(returned ? _builder.Phi(IrType.I64, first.Other) : _builder.Phi(IrType.I64, second.Other, first.Other));
    }

    /// <summary>A loop that counts to a small number, with values that go round, change places or do not.</summary>
    private void Loop(int depth)
    {
        Block body = _builder.Function.NewBlock(), after = _builder.Function.NewBlock();
        Value zero = _builder.I64(0);
        (Value a, Value b, Value w) = (Long(), Long(), Word());
        _builder.Jump(body);
        _builder.Block = body;
        Value count = _builder.Phi(IrType.I64, zero), x = _builder.Phi(IrType.I64, a), y = _builder.Phi(IrType.I64, b), z = _builder.Phi(IrType.I32, w);
        (int words, int longs) = (_words.Count, _longs.Count);
        _longs.AddRange([count, x, y]);
        _words.Add(z);
        for (int i = _random.Next(1, 4); i > 0; i--) Statement(depth + 1);
        Value next = _builder.Binary(Op.Add, count, _builder.I64(1));
        bool swaps = _random.Next(2) == 0;
        (Value nextX, Value nextY, Value nextZ) = (swaps ? y : Long(), swaps ? x : Long(), Word());
        _builder.Branch(_builder.Compare(Op.LessUnsigned, next, _builder.I64(_random.Next(1, 4))), body, after);
        count.AddOperand(next);
        x.AddOperand(nextX);
        y.AddOperand(nextY);
        z.AddOperand(nextZ);
        _words.RemoveRange(words, _words.Count - words);
        _longs.RemoveRange(longs, _longs.Count - longs);
        _builder.Block = after;
        _longs.AddRange([x, y]); // the body dominates what follows
        _words.Add(z);
    }
}
