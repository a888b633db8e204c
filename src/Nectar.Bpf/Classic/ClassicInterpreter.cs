// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Bpf.Classic;

/// <summary>
/// Runs classic programs. A and X start at 0; a load outside the packet and a division by X = 0 end the program with 0.
/// Nothing is allocated.
/// </summary>
public static unsafe class ClassicInterpreter
{
    /// <summary>Runs a program over a packet.</summary>
    /// <param name="program">The program.</param>
    /// <param name="packet">The captured bytes (those before <see cref="ClassicContext.Start"/> belong to headers already taken off).</param>
    /// <param name="wireLength">What <c>#pktlen</c> gives.</param>
    /// <param name="context">What is known beside the bytes.</param>
    /// <returns>The bytes to accept; 0 rejects the packet.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="ClassicContext.Start"/> lies outside the packet.</exception>
    public static uint Run(ClassicProgram program, ReadOnlySpan<byte> packet, uint wireLength, in ClassicContext context)
    {
        ArgumentNullException.ThrowIfNull(program);
        ReadOnlySpan<byte> data = packet[context.Start..];
        ulong length = (uint)data.Length;
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        uint* memory = stackalloc uint[ClassicInstruction.MemoryWords];
        uint random = context.RandomSeed;
        uint a = 0, x = 0;
        long loaded;

        // Sound without tests: the validator proved that every jump stays inside and that the last step returns, and that
        // K indexes scratch memory; packet reads are tested here.
        ref ClassicStep next = ref MemoryMarshal.GetArrayDataReference(program.Steps);
        while (true)
        {
            ref ClassicStep step = ref next;
            uint k = step.K;
            next = ref Unsafe.Add(ref next, 1);
            switch (step.Code)
            {
                case StepCode.LdImm: a = k; break;
                case StepCode.LdxImm: x = k; break;
                case StepCode.LdMem: a = memory[k]; break;
                case StepCode.LdxMem: x = memory[k]; break;
                case StepCode.LdLen: a = wireLength; break;
                case StepCode.LdxLen: x = wireLength; break;
                case StepCode.LdAbsW:
                    if (k + 4UL > length) return 0;
                    a = ReadWord(ref bytes, k);
                    break;
                case StepCode.LdAbsH:
                    if (k + 2UL > length) return 0;
                    a = ReadHalf(ref bytes, k);
                    break;
                case StepCode.LdAbsB:
                    if (k >= length) return 0;
                    a = Unsafe.Add(ref bytes, k);
                    break;
                case StepCode.LdIndW:
                    k += x;
                    if (k + 4UL <= length) a = ReadWord(ref bytes, k);
                    else if ((loaded = LoadFromHeader(packet, context, k, 4)) < 0) return 0;
                    else a = (uint)loaded;
                    break;
                case StepCode.LdIndH:
                    k += x;
                    if (k + 2UL <= length) a = ReadHalf(ref bytes, k);
                    else if ((loaded = LoadFromHeader(packet, context, k, 2)) < 0) return 0;
                    else a = (uint)loaded;
                    break;
                case StepCode.LdIndB:
                    k += x;
                    if (k < length) a = Unsafe.Add(ref bytes, k);
                    else if ((loaded = LoadFromHeader(packet, context, k, 1)) < 0) return 0;
                    else a = (uint)loaded;
                    break;
                case StepCode.LdxMsh:
                    if (k >= length) return 0;
                    x = (Unsafe.Add(ref bytes, k) & 15u) << 2;
                    break;
                case StepCode.St: memory[k] = a; break;
                case StepCode.Stx: memory[k] = x; break;

                case StepCode.AddK: a += k; break;
                case StepCode.AddX: a += x; break;
                case StepCode.SubK: a -= k; break;
                case StepCode.SubX: a -= x; break;
                case StepCode.MulK: a *= k; break;
                case StepCode.MulX: a *= x; break;
                case StepCode.DivK: a /= k; break;
                case StepCode.DivX:
                    if (x == 0) return 0;
                    a /= x;
                    break;
                case StepCode.ModK: a %= k; break;
                case StepCode.ModX:
                    if (x == 0) return 0;
                    a %= x;
                    break;
                case StepCode.AndK: a &= k; break;
                case StepCode.AndX: a &= x; break;
                case StepCode.OrK: a |= k; break;
                case StepCode.OrX: a |= x; break;
                case StepCode.XorK: a ^= k; break;
                case StepCode.XorX: a ^= x; break;
                case StepCode.LshK: a <<= (int)k; break;
                case StepCode.LshX: a <<= (int)x; break; // C# shifts by the low five bits, as the kernel does
                case StepCode.RshK: a >>= (int)k; break;
                case StepCode.RshX: a >>= (int)x; break;
                case StepCode.Neg: a = 0 - a; break;

                case StepCode.Ja: next = ref Unsafe.Add(ref next, k); break;
                case StepCode.JeqK: next = ref Unsafe.Add(ref next, (nuint)(a == k ? step.JumpTrue : step.JumpFalse)); break;
                case StepCode.JeqX: next = ref Unsafe.Add(ref next, (nuint)(a == x ? step.JumpTrue : step.JumpFalse)); break;
                case StepCode.JgtK: next = ref Unsafe.Add(ref next, (nuint)(a > k ? step.JumpTrue : step.JumpFalse)); break;
                case StepCode.JgtX: next = ref Unsafe.Add(ref next, (nuint)(a > x ? step.JumpTrue : step.JumpFalse)); break;
                case StepCode.JgeK: next = ref Unsafe.Add(ref next, (nuint)(a >= k ? step.JumpTrue : step.JumpFalse)); break;
                case StepCode.JgeX: next = ref Unsafe.Add(ref next, (nuint)(a >= x ? step.JumpTrue : step.JumpFalse)); break;
                case StepCode.JsetK: next = ref Unsafe.Add(ref next, (nuint)((a & k) != 0 ? step.JumpTrue : step.JumpFalse)); break;
                case StepCode.JsetX: next = ref Unsafe.Add(ref next, (nuint)((a & x) != 0 ? step.JumpTrue : step.JumpFalse)); break;

                case StepCode.RetK: return k;
                case StepCode.RetA: return a;
                case StepCode.Tax: x = a; break;
                case StepCode.Txa: a = x; break;

                case StepCode.LshXWide: a = x < 32 ? a << (int)x : 0; break;
                case StepCode.RshXWide: a = x < 32 ? a >> (int)x : 0; break;
                case StepCode.LdIndWUnwrapped:
                    if ((ulong)k + x + 4 > length) return 0;
                    a = ReadWord(ref bytes, k + x);
                    break;
                case StepCode.LdIndHUnwrapped:
                    if ((ulong)k + x + 2 > length) return 0;
                    a = ReadHalf(ref bytes, k + x);
                    break;
                case StepCode.LdIndBUnwrapped:
                    if ((ulong)k + x >= length) return 0;
                    a = Unsafe.Add(ref bytes, k + x);
                    break;

                case StepCode.LdHeaderW:
                    if ((loaded = LoadFromHeader(packet, context, k, 4)) < 0) return 0;
                    a = (uint)loaded;
                    break;
                case StepCode.LdHeaderH:
                    if ((loaded = LoadFromHeader(packet, context, k, 2)) < 0) return 0;
                    a = (uint)loaded;
                    break;
                case StepCode.LdHeaderB:
                    if ((loaded = LoadFromHeader(packet, context, k, 1)) < 0) return 0;
                    a = (uint)loaded;
                    break;
                case StepCode.LdxMshHeader:
                    if ((loaded = LoadFromHeader(packet, context, k, 1)) < 0) return 0;
                    x = ((uint)loaded & 15) << 2;
                    break;
                case StepCode.Ancillary:
                    switch ((ClassicAncillary)k)
                    {
                        case ClassicAncillary.InterfaceIndex or ClassicAncillary.HardwareType when context.InterfaceIndex == 0: return a;
                        case ClassicAncillary.XorX: a ^= x; break;
                        case ClassicAncillary.Random: a = random = NextRandom(random); break;
                        default: a = LoadAncillary((ClassicAncillary)k, data, context, a, x); break;
                    }

                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ReadWord(ref byte bytes, uint offset)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref bytes, offset));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ReadHalf(ref byte bytes, uint offset)
    {
        ushort value = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref bytes, offset));
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    // A negative offset counts from the network or the link header; the sum may reach before the packet's offset 0.
    // Returns -1 if there is nothing.
    private static long LoadFromHeader(ReadOnlySpan<byte> packet, in ClassicContext context, uint offset, int size)
    {
        long position;
        if (offset >= ClassicAncillaryTable.NetworkBase && context.NetworkOffset is { } network) position = (long)(offset - ClassicAncillaryTable.NetworkBase) + network;
        else if (offset is >= ClassicAncillaryTable.LinkBase and < ClassicAncillaryTable.NetworkBase && context.LinkOffset is { } link) position = (long)(offset - ClassicAncillaryTable.LinkBase) + link;
        else return -1;
        position += context.Start;
        if (position < 0 || position + size > packet.Length) return -1;
        long value = 0;
        for (int i = 0; i < size; i++) value = (value << 8) | packet[(int)position + i];
        return value;
    }

    private static uint LoadAncillary(ClassicAncillary value, ReadOnlySpan<byte> data, in ClassicContext context, uint a, uint x) => value switch
    {
        ClassicAncillary.Protocol => context.Protocol,
        ClassicAncillary.PacketType => context.PacketType,
        ClassicAncillary.InterfaceIndex => context.InterfaceIndex,
        ClassicAncillary.NetlinkAttribute => NetlinkAttributes.Find(data, a, x),
        ClassicAncillary.NestedNetlinkAttribute => NetlinkAttributes.FindNested(data, a, x),
        ClassicAncillary.Mark => context.Mark,
        ClassicAncillary.Queue => context.Queue,
        ClassicAncillary.HardwareType => context.HardwareType,
        ClassicAncillary.Hash => context.Hash,
        ClassicAncillary.Cpu => context.Cpu,
        ClassicAncillary.VlanTag => context.VlanTag,
        ClassicAncillary.VlanTagPresent => context.VlanTagPresent ? 1u : 0,
        ClassicAncillary.PayloadOffset => context.PayloadOffset,
        ClassicAncillary.VlanProtocol => context.VlanProtocol,
        _ => 0,
    };

    // A counter through an avalanche (the finaliser of MurmurHash3): every seed is as good as any other.
    private static uint NextRandom(uint state)
    {
        state += 0x9e3779b9;
        state = (state ^ (state >> 16)) * 0x85ebca6b;
        state = (state ^ (state >> 13)) * 0xc2b2ae35;
        return state ^ (state >> 16);
    }
}
