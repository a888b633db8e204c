// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Isa;

namespace Nectar.Tests.Classic;

/// <summary>
/// A plain reading of RFC 9669 for the instructions that the converter makes, with nothing shared with the machine under
/// src: packet, context and stack are three arrays, every access outside them throws.
/// </summary>
internal sealed class ExtendedEvaluator(Instruction[] code)
{
    private const ulong PacketBase = 0x1000_0000_0000, ContextBase = 0x2000_0000_0000, StackTop = 0x3000_0000_0000;

    private readonly byte[] _stack = new byte[512];
    private readonly byte[] _context = new byte[192];
    private readonly ulong[] _r = new ulong[11];
    private byte[] _packet = [];
    private ClassicContext _known;

    /// <summary>Runs as a program over memory.</summary>
    public uint RunMemory(byte[] packet, uint wireLength)
    {
        _packet = packet;
        Array.Clear(_r);
        (_r[1], _r[2], _r[3]) = (PacketBase, (ulong)packet.Length, wireLength);
        return Run();
    }

    /// <summary>Runs as a socket filter.</summary>
    public uint RunSocket(byte[] packet, uint wireLength, ClassicContext known)
    {
        _packet = packet;
        _known = known;
        Array.Clear(_r);
        _r[1] = ContextBase;
        uint[] fields = [wireLength, known.PacketType, known.Mark, known.Queue, Swap(known.Protocol), known.VlanTagPresent ? 1u : 0, known.VlanTag, Swap(known.VlanProtocol), 0, 0, known.InterfaceIndex];
        for (int i = 0; i < fields.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(_context.AsSpan(i * 4), fields[i]);
        BinaryPrimitives.WriteUInt32LittleEndian(_context.AsSpan(68), known.Hash);
        return Run();
    }

    private static uint Swap(ushort value) => BinaryPrimitives.ReverseEndianness(value);

    private uint Run()
    {
        _r[10] = StackTop;
        for (int pc = 0, steps = 0; ; pc++, steps++)
        {
            if (steps > 100_000) throw new InvalidOperationException("the program does not end");
            Instruction i = code[pc];
            ref ulong dst = ref _r[Math.Min(i.Destination, 10)];
            bool register = (i.Opcode & 8) != 0;
            ulong source = register ? _r[i.Source] : (ulong)(long)i.Immediate;
            switch (i.Opcode & 7)
            {
                case 4 when (i.Opcode & 0xf0) == 0xd0:
                    dst = i.Immediate == 16 ? BinaryPrimitives.ReverseEndianness((ushort)dst) : BinaryPrimitives.ReverseEndianness((uint)dst);
                    break;
                case 4:
                    dst = Alu32(i.Opcode >> 4, (uint)dst, (uint)source);
                    break;
                case 7:
                    dst = (i.Opcode >> 4) switch
                    {
                        0x0 => dst + source,
                        0xb => source,
                        0x6 => dst << (int)source,
                        0xc => (ulong)((long)dst >> (int)source),
                        _ => throw new InvalidOperationException($"unexpected {i}"),
                    };
                    break;
                case 1:
                    dst = Load(_r[i.Source] + (ulong)(long)i.Offset, SizeOf(i.Opcode));
                    break;
                case 3:
                    if (SizeOf(i.Opcode) != 4) throw new InvalidOperationException($"unexpected {i}");
                    BinaryPrimitives.WriteUInt32LittleEndian(_stack.AsSpan((int)(dst + (ulong)(long)i.Offset - (StackTop - 512)), 4), (uint)_r[i.Source]);
                    break;
                case 0:
                    int offset = unchecked(i.Immediate + ((i.Opcode & 0xe0) == 0x40 ? (int)_r[i.Source] : 0));
                    if (!TryPacket(offset, SizeOf(i.Opcode), out _r[0])) return 0;
                    for (int c = 1; c <= 5; c++) _r[c] = 0xdead_beef_dead_beef;
                    break;
                case 6:
                    pc += i.Immediate;
                    break;
                default:
                    if (i.Opcode == 0x95) return (uint)_r[0];
                    if (i.Opcode == 0x85)
                    {
                        _r[0] = 0xffff_ffff_0000_0000 | (i.Immediate == 8 ? _known.Cpu : throw new InvalidOperationException($"unexpected {i}"));
                        for (int c = 1; c <= 5; c++) _r[c] = 0xdead_beef_dead_beef;
                        break;
                    }

                    if (Condition(i.Opcode >> 4, dst, source)) pc += i.Offset;
                    break;
            }
        }
    }

    private static bool Condition(int operation, ulong a, ulong b) => operation switch
    {
        0x0 => true,
        0x1 => a == b,
        0x2 => a > b,
        0x3 => a >= b,
        0x4 => (a & b) != 0,
        0x5 => a != b,
        0x7 => (long)a >= (long)b,
        0xa => a < b,
        0xb => a <= b,
        0xc => (long)a < (long)b,
        _ => throw new InvalidOperationException($"unexpected condition {operation}"),
    };

    private static uint Alu32(int operation, uint a, uint b) => operation switch
    {
        0x0 => a + b,
        0x1 => a - b,
        0x2 => a * b,
        0x3 => b == 0 ? throw new InvalidOperationException("division by 0") : a / b,
        0x4 => a | b,
        0x5 => a & b,
        0x6 => a << (int)b,
        0x7 => a >> (int)b,
        0x8 => 0 - a,
        0x9 => b == 0 ? throw new InvalidOperationException("remainder by 0") : a % b,
        0xa => a ^ b,
        0xb => b,
        _ => throw new InvalidOperationException($"unexpected operation {operation}"),
    };

    private static int SizeOf(int opcode) => (opcode & 0x18) switch { 0x10 => 1, 0x08 => 2, _ => 4 };

    private ulong Load(ulong address, int size)
    {
        (byte[] array, ulong start) = address switch
        {
            >= StackTop - 512 and < StackTop => (_stack, StackTop - 512),
            >= ContextBase and < ContextBase + 192 => (_context, ContextBase),
            _ => (_packet, PacketBase),
        };
        if (address - start > (ulong)array.Length || address - start + (ulong)size > (ulong)array.Length) throw new InvalidOperationException($"read of {size} at {(long)(address - start)} of {array.Length}");
        ReadOnlySpan<byte> bytes = array.AsSpan((int)(address - start), size);
        return size switch { 1 => bytes[0], 2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes), _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes) };
    }

    private bool TryPacket(int offset, int size, out ulong value)
    {
        value = 0;
        long position = offset;
        if (offset < 0)
        {
            if ((uint)offset >= ClassicAncillaryTable.NetworkBase && _known.NetworkOffset is { } network) position = (long)((uint)offset - ClassicAncillaryTable.NetworkBase) + network;
            else if ((uint)offset is >= ClassicAncillaryTable.LinkBase and < ClassicAncillaryTable.NetworkBase && _known.LinkOffset is { } link) position = (long)((uint)offset - ClassicAncillaryTable.LinkBase) + link;
            else return false;
        }

        if (position < 0 || position + size > _packet.Length) return false;
        for (int i = 0; i < size; i++) value = (value << 8) | _packet[position + i];
        return true;
    }
}
