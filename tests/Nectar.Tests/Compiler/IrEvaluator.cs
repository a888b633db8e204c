// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;

namespace Nectar.Tests.Compiler;

/// <summary>
/// Computes what an IR function returns, straight from the definitions of its operations: what passes must not change. Memory is one array;
/// slots lie in it one behind the other, address 0 is null.
/// </summary>
internal sealed class IrEvaluator
{
    private const int MaxSteps = 200_000;
    private readonly Dictionary<Value, long> _values = [];
    private readonly byte[] _memory = new byte[64 * 1024];
    private int _top = 64;

    /// <summary>The result, or null if it did not end within the limit of steps.</summary>
    public static long? Run(IrFunction function, params long[] arguments) => new IrEvaluator().Execute(function, arguments);

    private long? Execute(IrFunction function, long[] arguments)
    {
        Block? from = null;
        Block block = function.Entry;
        for (int steps = 0; steps < MaxSteps;)
        {
            int edge = from is null ? -1 : block.Predecessors.ToList().IndexOf(from);
            long[] incoming = [.. block.Phis.Select(phi => Get(phi[edge]))];
            int i = 0;
            foreach (Value phi in block.Phis) _values[phi] = incoming[i++];
            foreach (Value value in block.Values.Skip(incoming.Length))
            {
                steps++;
                if (!value.IsTerminator)
                {
                    _values[value] = Compute(value, arguments);
                    continue;
                }

                if (value.Op == Op.Return) return value.Operands.Count == 0 ? 0 : Get(value[0]);
                from = block;
                block = value.Op switch
                {
                    Op.Jump => value.Targets[0],
                    Op.Branch => value.Targets[Get(value[0]) != 0 ? 0 : 1],
                    Op.Switch => value.Targets[Array.IndexOf((long[])value.Symbol!, Get(value[0])) + 1],
                    _ => throw new InvalidOperationException($"reached {value}"),
                };
            }
        }

        return null;
    }

    private long Get(Value value) => _values[value];

    private long Compute(Value value, long[] arguments)
    {
        long result = value.Op switch
        {
            Op.Constant => value.Immediate,
            Op.Undefined => unchecked((long)0xdeadbeefcafebabe), // any value: never to be seen in a result
            Op.Parameter => arguments[(int)value.Immediate],
            Op.StackSlot => Allocate(value),
            Op.Negate => -Get(value[0]),
            Op.ByteSwap => value.Width switch
            {
                2 => BinaryPrimitives.ReverseEndianness((ushort)Get(value[0])),
                4 => BinaryPrimitives.ReverseEndianness((uint)Get(value[0])),
                _ => BinaryPrimitives.ReverseEndianness(Get(value[0])),
            },
            Op.ZeroExtend => (long)((ulong)Get(value[0]) & (ulong.MaxValue >> (64 - (value.Width * 8)))),
            Op.SignExtend => Get(value[0]) << (64 - (value.Width * 8)) >> (64 - (value.Width * 8)),
            Op.Truncate => Get(value[0]),
            Op.PointerOffset => Get(value[0]) + value.Immediate,
            Op.PointerAdd => Get(value[0]) + Get(value[1]),
            Op.PointerDifference => Get(value[0]) - Get(value[1]),
            Op.PointerToInteger or Op.IntegerToPointer => Get(value[0]),
            Op.Load => Read(Get(value[0]) + value.Immediate, value.Width, value.IsSigned),
            Op.Store => Write(Get(value[0]) + value.Immediate, value.Width, Get(value[1])),
            Op.MemoryCopy => Copy(Get(value[0]), Get(value[1]), value.Immediate),
            Op.MemorySet => Fill(Get(value[0]), (byte)Get(value[1]), value.Immediate),
            Op.MemoryEqual => _memory.AsSpan((int)Get(value[0]), (int)value.Immediate).SequenceEqual(_memory.AsSpan((int)Get(value[1]), (int)value.Immediate)) ? 1 : 0,
            _ => ConstantFolding.Fold(value.Op, value[0].Type, Get(value[0]), Get(value[1])) ?? throw new InvalidOperationException($"cannot compute {value}"),
        };
        return value.Type == IrType.I32 ? (int)result : result;
    }

    private long Allocate(Value slot)
    {
        int at = _top;
        _memory.AsSpan(at, (int)slot.Immediate).Fill(0x5a);
        _top += ((int)slot.Immediate + 7) & ~7;
        return at;
    }

    private long Read(long at, int width, bool isSigned)
    {
        ulong bits = 0;
        for (int i = 0; i < width; i++) bits |= (ulong)_memory[at + i] << (8 * i);
        int unused = 64 - (width * 8);
        return isSigned ? (long)bits << unused >> unused : (long)bits;
    }

    private long Write(long at, int width, long number)
    {
        for (int i = 0; i < width; i++) _memory[at + i] = (byte)(number >> (8 * i));
        return 0;
    }

    private long Copy(long to, long from, long size)
    {
        _memory.AsSpan((int)from, (int)size).CopyTo(_memory.AsSpan((int)to));
        return 0;
    }

    private long Fill(long to, byte with, long size)
    {
        _memory.AsSpan((int)to, (int)size).Fill(with);
        return 0;
    }
}
