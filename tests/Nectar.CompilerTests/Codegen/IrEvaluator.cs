// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Compiler.Ir;

namespace Nectar.CompilerTests.Codegen;

/// <summary>
/// Says what a function of IR means, as plainly as can be: what code that was made of it is compared with. A pointer is the number of a
/// region in its upper half and an offset in its lower one; the context is that of an XDP program.
/// </summary>
internal sealed class IrEvaluator
{
    private const int Context = 1, Packet = 2;
    private readonly List<byte[]> _regions = [[], [], []];

    private IrEvaluator(byte[] packet) => _regions[Packet] = packet;

    /// <summary>Runs an XDP program over a packet, which it may change.</summary>
    internal static uint Run(IrFunction function, byte[] packet) => (uint)new IrEvaluator(packet).Call(function, [(ulong)Context << 32]);

    private ulong Call(IrFunction function, ulong[] arguments)
    {
        Dictionary<Value, ulong> values = [];
        Block? from = null;
        Block block = function.Entry;
        while (true)
        {
            ulong[] phis = [.. block.Phis.Select(phi => values[phi[block.Predecessors.ToList().IndexOf(from!)]])]; // all at once
            int index = 0;
            foreach (Value phi in block.Phis) values[phi] = phis[index++];
            foreach (Value value in block.Values.Skip(phis.Length))
            {
                if (value.IsTerminator) break;
                ulong result = value.Op == Op.Parameter ? arguments[value.Immediate] : Compute(value, values);
                values[value] = value.Type == IrType.I32 ? (uint)result : result;
            }

            Value end = block.Terminator!;
            if (end.Op == Op.Return) return end.Operands.Count == 0 ? 0 : values[end[0]];
            from = block;
            block = end.Op switch
            {
                Op.Jump => end.Targets[0],
                Op.Branch => end.Targets[values[end[0]] != 0 ? 0 : 1],
                Op.Switch => Choose(end, values[end[0]]),
                _ => throw new InvalidOperationException($"{end.Op} was reached"),
            };
        }
    }

    private static Block Choose(Value end, ulong value)
    {
        long number = end[0].Type == IrType.I32 ? (int)value : (long)value;
        return end.Targets[Array.IndexOf((long[])end.Symbol!, number) + 1];
    }

    private ulong Compute(Value value, Dictionary<Value, ulong> values)
    {
        ulong Operand(int index) => values[value[index]];
        switch (value.Op)
        {
            case Op.Constant:
                return (ulong)value.Immediate;
            case Op.Undefined:
                return 0;
            case Op.StackSlot:
                _regions.Add(new byte[value.Immediate]);
                return (ulong)(_regions.Count - 1) << 32;
            case Op.PointerOffset:
                return Operand(0) + (ulong)value.Immediate;
            case Op.PointerAdd:
                return Operand(0) + Operand(1);
            case Op.PointerDifference:
                return Operand(0) - Operand(1);
            case Op.Load:
                return Load(value, Operand(0) + (ulong)value.Immediate);
            case Op.Store:
                Write(Operand(0) + (ulong)value.Immediate, value.Width, Operand(1));
                return 0;
            case Op.MemoryCopy:
                Bytes(Operand(1), (int)value.Immediate).CopyTo(Bytes(Operand(0), (int)value.Immediate));
                return 0;
            case Op.MemorySet:
                Bytes(Operand(0), (int)value.Immediate).Fill((byte)Operand(1));
                return 0;
            case Op.MemoryEqual:
                return Bytes(Operand(0), (int)value.Immediate).SequenceEqual(Bytes(Operand(1), (int)value.Immediate)) ? 1u : 0u;
            case Op.Call:
                return value.Symbol is IrFunction callee ? Call(callee, [.. value.Operands.Select(operand => values[operand])]) : 0; // others in tests have results that nobody looks at
            case Op.Atomic:
                return Atomic(value, [.. value.Operands.Select(operand => values[operand])]);
            default:
                return value.Operands.Count == 1 ? Unary(value, Operand(0)) : Binary(value, Operand(0), Operand(1));
        }
    }

    private static ulong Unary(Value value, ulong operand) => value.Op switch
    {
        Op.Negate => 0 - operand,
        Op.ByteSwap => value.Width switch
        {
            2 => BinaryPrimitives.ReverseEndianness((ushort)operand),
            4 => BinaryPrimitives.ReverseEndianness((uint)operand),
            _ => BinaryPrimitives.ReverseEndianness(operand),
        },
        Op.ZeroExtend => value.Width switch { 1 => (byte)operand, 2 => (ushort)operand, _ => (uint)operand },
        Op.SignExtend => value.Width switch { 1 => (ulong)(sbyte)operand, 2 => (ulong)(short)operand, _ => (ulong)(int)operand },
        Op.Truncate => (uint)operand,
        Op.PointerToInteger or Op.IntegerToPointer => operand,
        _ => throw new InvalidOperationException($"{value.Op}"),
    };

    private static ulong Binary(Value value, ulong a, ulong b)
    {
        bool is32 = value[0].Type == IrType.I32;
        int shift = (int)b & (is32 ? 31 : 63);
        (long sa, long sb) = is32 ? ((int)a, (int)b) : ((long)a, (long)b);
        return value.Op switch
        {
            Op.Add => a + b,
            Op.Subtract => a - b,
            Op.Multiply => a * b,
            Op.DivideUnsigned => b == 0 ? 0 : a / b,
            Op.RemainderUnsigned => b == 0 ? a : a % b,
            Op.DivideSigned => b == 0 ? 0 : sb == -1 ? 0 - a : (ulong)(sa / sb),
            Op.RemainderSigned => b == 0 ? a : sb == -1 ? 0 : (ulong)(sa % sb),
            Op.And => a & b,
            Op.Or => a | b,
            Op.Xor => a ^ b,
            Op.ShiftLeft => a << shift,
            Op.ShiftRight => a >> shift,
            Op.ShiftRightSigned => (ulong)(sa >> shift),
            Op.Equal => a == b ? 1u : 0u,
            Op.NotEqual => a != b ? 1u : 0u,
            Op.LessUnsigned => a < b ? 1u : 0u,
            Op.LessOrEqualUnsigned => a <= b ? 1u : 0u,
            Op.GreaterUnsigned => a > b ? 1u : 0u,
            Op.GreaterOrEqualUnsigned => a >= b ? 1u : 0u,
            Op.LessSigned => sa < sb ? 1u : 0u,
            Op.LessOrEqualSigned => sa <= sb ? 1u : 0u,
            Op.GreaterSigned => sa > sb ? 1u : 0u,
            Op.GreaterOrEqualSigned => sa >= sb ? 1u : 0u,
            _ => throw new InvalidOperationException($"{value.Op}"),
        };
    }

    private ulong Atomic(Value value, ulong[] operands)
    {
        ulong address = operands[0] + (ulong)value.Immediate;
        ulong old = Read(address, value.Width);
        ulong mask = value.Width == 8 ? ulong.MaxValue : uint.MaxValue;
        Write(address, value.Width, (AtomicKind)value.Symbol! switch
        {
            AtomicKind.Add => old + operands[1],
            AtomicKind.Or => old | operands[1],
            AtomicKind.And => old & operands[1],
            AtomicKind.Xor => old ^ operands[1],
            AtomicKind.Exchange => operands[1],
            _ => old == (operands[1] & mask) ? operands[2] : old,
        });
        return old;
    }

    private ulong Load(Value value, ulong address)
    {
        if (address >> 32 == Context) return ((ulong)Packet << 32) + ((uint)address == 0 ? 0u : (uint)_regions[Packet].Length);
        ulong number = Read(address, value.Width);
        int unused = 64 - (value.Width * 8);
        return value.IsSigned ? (ulong)((long)(number << unused) >> unused) : number;
    }

    private Span<byte> Bytes(ulong address, int size) => _regions[(int)(address >> 32)].AsSpan((int)(uint)address, size);

    private ulong Read(ulong address, int width)
    {
        ulong number = 0;
        Span<byte> bytes = Bytes(address, width);
        for (int i = width - 1; i >= 0; i--) number = (number << 8) | bytes[i];
        return number;
    }

    private void Write(ulong address, int width, ulong number)
    {
        foreach (ref byte at in Bytes(address, width))
        {
            at = (byte)number;
            number >>= 8;
        }
    }
}
