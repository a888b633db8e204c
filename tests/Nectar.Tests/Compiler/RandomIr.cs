// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Tests.Compiler;

/// <summary>
/// Functions as a front-end makes them: locals in slots, no phis, structs copied about, branches, switches, loops that end. Two I64 parameters;
/// the result depends on every local.
/// </summary>
internal sealed class RandomIr
{
    private static readonly Op[] s_arithmetic =
    [
        Op.Add, Op.Subtract, Op.Multiply, Op.DivideUnsigned, Op.DivideSigned, Op.RemainderUnsigned, Op.RemainderSigned, Op.And, Op.Or, Op.Xor,
        Op.ShiftLeft, Op.ShiftRight, Op.ShiftRightSigned,
    ];

    private static readonly Op[] s_comparisons =
    [
        Op.Equal, Op.NotEqual, Op.LessUnsigned, Op.LessOrEqualUnsigned, Op.GreaterUnsigned, Op.GreaterOrEqualUnsigned, Op.LessSigned,
        Op.LessOrEqualSigned, Op.GreaterSigned, Op.GreaterOrEqualSigned,
    ];

    private readonly Random _random;
    private readonly IrBuilder _b;
    private readonly List<(Value Slot, IrType Type)> _locals = [];
    private readonly List<Value> _structs = [];
    private int _budget;

    private RandomIr(int seed)
    {
        _random = new Random(seed);
        IrFunction function = new($"random_{seed}", IrType.I64);
        _b = new IrBuilder(function);
        _budget = _random.Next(5, 60);
    }

    public const int StructSize = 24;

    public static IrFunction Make(int seed)
    {
        RandomIr maker = new(seed);
        maker.Body();
        return maker._b.Function;
    }

    private void Body()
    {
        Value[] parameters = [_b.Parameter(IrType.I64), _b.Parameter(IrType.I64)];
        for (int i = 0; i < 5; i++)
        {
            IrType type = i % 2 == 0 ? IrType.I64 : IrType.I32;
            Value slot = _b.StackSlot(type == IrType.I64 ? 8 : 4, 8, $"local{i}");
            _locals.Add((slot, type));
            Value start = i < 2 ? parameters[i] : _b.I64(_random.Next(-5, 100));
            _b.Store(slot, type == IrType.I32 ? _b.Truncate(start) : start, type == IrType.I64 ? 8 : 4);
        }

        for (int i = 0; i < 3; i++)
        {
            Value slot = _b.StackSlot(StructSize, 8, $"struct{i}");
            _structs.Add(slot);
            _b.MemorySet(slot, _b.I32(i), StructSize);
        }

        Statements(0);
        Value result = _b.I64(17);
        foreach ((Value slot, IrType type) in _locals) result = Mix(result, Widen(_b.Load(type, slot, type == IrType.I64 ? 8 : 4)));
        foreach (Value slot in _structs)
        {
            for (int offset = 0; offset < StructSize; offset += 8) result = Mix(result, _b.Load(IrType.I64, slot, 8, offset));
        }

        _b.Return(result);
    }

    private Value Mix(Value a, Value b) => _b.Binary(Op.Add, _b.Binary(Op.Multiply, a, _b.I64(31)), b);

    private Value Widen(Value value) => value.Type == IrType.I64 ? value : _random.Next(2) == 0 ? _b.ZeroExtend(value, 4, IrType.I64) : _b.SignExtend(value, 4, IrType.I64);

    private void Statements(int depth)
    {
        int count = _random.Next(1, 6);
        for (int i = 0; i < count && _budget > 0; i++)
        {
            _budget--;
            switch (_random.Next(depth > 3 ? 5 : 9))
            {
                case 0 or 1 or 2:
                    Assign();
                    break;
                case 3:
                    StructStore();
                    break;
                case 4:
                    _b.MemoryCopy(Pick(_structs), Pick(_structs), StructSize);
                    break;
                case 5 or 6:
                    If(depth);
                    break;
                case 7:
                    Loop(depth);
                    break;
                default:
                    Switch(depth);
                    break;
            }
        }
    }

    private void Assign()
    {
        (Value slot, IrType type) = Pick(_locals);
        _b.Store(slot, Expression(type, 0), type == IrType.I64 ? 8 : 4);
    }

    private void StructStore()
    {
        int width = 1 << _random.Next(4);
        Value stored = Expression(width == 8 ? IrType.I64 : IrType.I32, 1);
        _b.Store(Pick(_structs), stored, width, _random.Next(StructSize / width) * width);
    }

    private void If(int depth)
    {
        Block then = _b.Function.NewBlock(), otherwise = _b.Function.NewBlock(), after = _b.Function.NewBlock();
        _b.Branch(Condition(), then, otherwise);
        foreach (Block block in new[] { then, otherwise })
        {
            _b.Block = block;
            if (block == then || _random.Next(2) == 0) Statements(depth + 1);
            _b.Jump(after);
        }

        _b.Block = after;
    }

    private void Loop(int depth)
    {
        Value counter = _b.StackSlot(4, 4, "counter");
        _b.Store(counter, _b.I32(0), 4);
        Block head = _b.Function.NewBlock(), body = _b.Function.NewBlock(), after = _b.Function.NewBlock();
        _b.Jump(head);
        _b.Block = head;
        _b.Branch(_b.Compare(Op.LessSigned, _b.Load(IrType.I32, counter, 4), _b.I32(_random.Next(0, 6))), body, after);
        _b.Block = body;
        _b.Store(counter, _b.Binary(Op.Add, _b.Load(IrType.I32, counter, 4), _b.I32(1)), 4);
        Statements(depth + 1);
        _b.Jump(_random.Next(3) == 0 ? Break(head, after) : head);
        _b.Block = after;
    }

    private Block Break(Block head, Block after)
    {
        Block next = _b.Function.NewBlock();
        Block decide = _b.Block;
        _b.Block = next;
        _b.Branch(Condition(), after, head);
        _b.Block = decide;
        return next;
    }

    private void Switch(int depth)
    {
        Block otherwise = _b.Function.NewBlock(), after = _b.Function.NewBlock();
        int count = _random.Next(1, 9);
        Block[] targets = [.. Enumerable.Range(0, count).Select(_ => _b.Function.NewBlock())];
        _b.Switch(_b.Binary(Op.And, Expression(IrType.I32, 1), _b.I32(7)), otherwise, [.. Enumerable.Range(0, count).Select(i => (long)i)], targets);
        foreach (Block block in targets.Append(otherwise))
        {
            _b.Block = block;
            if (_random.Next(2) == 0) Statements(depth + 2);
            else Assign();
            _b.Jump(after);
        }

        _b.Block = after;
    }

    private Value Condition()
    {
        IrType type = _random.Next(2) == 0 ? IrType.I32 : IrType.I64;
        Value compare = _b.Compare(Pick(s_comparisons), Expression(type, 1), Expression(type, 2));
        return _random.Next(4) switch
        {
            0 => _b.Compare(Op.Equal, compare, _b.I32(0)),
            1 => _b.Binary(Op.And, compare, _b.Compare(Pick(s_comparisons), Expression(type, 2), Expression(type, 2))),
            _ => compare,
        };
    }

    private Value Expression(IrType type, int depth)
    {
        switch (depth > 3 ? _random.Next(3) : _random.Next(9))
        {
            case 0:
                return _b.Constant(type, _random.Next(4) switch { 0 => _random.Next(-3, 4), 1 => 1L << _random.Next(64), 2 => _random.Next(), _ => _random.NextInt64() });
            case 1 or 2:
                (Value slot, IrType held) = Pick(_locals);
                return Convert(_b.Load(held, slot, held == IrType.I64 ? 8 : 4), type);
            case 3:
                int width = 1 << _random.Next(type == IrType.I64 ? 4 : 3);
                return _b.Load(type, Pick(_structs), width, _random.Next(StructSize / width) * width, width < 8 && _random.Next(2) == 0);
            case 4:
                return Extend(Expression(type, depth + 1), type);
            case 5:
                return Convert(_b.Compare(Pick(s_comparisons), Expression(type, depth + 1), Expression(type, depth + 1)), type);
            case 6:
                return _random.Next(2) == 0 ? _b.Negate(Expression(type, depth + 1)) : _b.ByteSwap(Expression(type, depth + 1), type == IrType.I64 ? 8 : _random.Next(2) == 0 ? 4 : 2);
            default:
                return _b.Binary(Pick(s_arithmetic), Expression(type, depth + 1), Expression(type, depth + 1));
        }
    }

    private Value Extend(Value value, IrType type)
    {
        int width = 1 << _random.Next(3);
        return _random.Next(2) == 0 ? _b.ZeroExtend(value, width, type) : _b.SignExtend(value, width, type);
    }

    private Value Convert(Value value, IrType type) => value.Type == type ? value : type == IrType.I32 ? _b.Truncate(value) : Widen(value);

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}
