// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>Packet and context of a run.</summary>
internal sealed unsafe partial class RunSession
{
    /// <summary>Bytes in front of a packet that helpers may grow into, as drivers give XDP programs.</summary>
    internal const int Headroom = 256;

    /// <summary>Bytes of the headroom that the kernel keeps for itself (struct xdp_frame).</summary>
    internal const int FrameHeader = 40;

    /// <summary>Bytes at a page's end that the kernel keeps for itself (struct skb_shared_info).</summary>
    internal const int FrameTrailer = 320;

    private const int PageSize = 4096;
    private const int ContextRoom = 4096;

    private byte* _buffer;
    private int _bufferSize;
    private byte* _context;
    private bool _hasProtocol;
    private bool _hasPacketType;

    /// <summary>Lowest address that the packet may grow down to.</summary>
    internal ulong PacketLow => (ulong)_buffer;

    /// <summary>Address that the packet's end may grow up to.</summary>
    internal ulong PacketHigh => (ulong)_buffer + (ulong)_bufferSize - FrameTrailer;

    /// <summary>The context's bytes.</summary>
    internal Span<byte> ContextBytes => new(_context, Layout.Size);

    /// <summary>Sets up for runs of one program.</summary>
    internal void Select(ContextLayout layout)
    {
        if (_context == null) _context = (byte*)NativeBlocks.AllocateAligned(ContextRoom, 64);
        NativeMemory.Clear(_context, ContextRoom);
        Layout = layout;
        State->Context = (ulong)_context;
        State->ContextSize = (ulong)layout.Size;
    }

    /// <summary>Points the state at a packet that stays where it is.</summary>
    internal void UseInPlace(byte* data, int length)
    {
        State->PacketStart = State->PacketMeta = (ulong)data;
        State->PacketEnd = (ulong)data + (uint)length;
    }

    /// <summary>Copies a packet to where programs may change it and grow it.</summary>
    internal void UseCopy(ReadOnlySpan<byte> data)
    {
        int needed = (Headroom + data.Length + FrameTrailer + PageSize - 1) / PageSize * PageSize;
        if (needed > _bufferSize || _bufferSize > PageSize && needed < _bufferSize)
        {
            NativeBlocks.FreeAligned(_buffer);
            _buffer = (byte*)NativeBlocks.AllocateAligned((nuint)needed, 64);
            NativeMemory.Clear(_buffer, (nuint)needed);
            _bufferSize = needed;
        }

        data.CopyTo(new Span<byte>(_buffer + Headroom, data.Length));
        UseInPlace(_buffer + Headroom, data.Length);
    }

    /// <summary>
    /// Makes room for a packet that grows beyond its buffer: <paramref name="head"/> more bytes in front and <paramref name="tail"/> behind.
    /// The packet moves; programs have to load its address again, as in the kernel.
    /// </summary>
    internal void Reserve(int head, int tail)
    {
        VmState* state = State;
        int length = (int)(state->PacketEnd - state->PacketStart);
        bool inside = state->PacketStart >= PacketLow + (uint)head && state->PacketEnd + (uint)tail <= PacketHigh && _buffer != null;
        if (inside) return;
        int room = Headroom + Math.Max(0, head);
        int size = (room + length + Math.Max(0, tail) + FrameTrailer + PageSize - 1) / PageSize * PageSize;
        byte* bigger = (byte*)NativeBlocks.AllocateAligned((nuint)size, 64);
        NativeMemory.Clear(bigger, (nuint)size);
        Buffer.MemoryCopy((void*)state->PacketStart, bigger + room, size - room, length);
        NativeBlocks.FreeAligned(_buffer);
        _buffer = bigger;
        _bufferSize = size;
        UseInPlace(bigger + room, length);
        state->ResetSlots();
    }

    /// <summary>The fields of <c>__sk_buff</c> that follow from the packet: length, and unless the caller has set them, protocol and packet type.</summary>
    internal void DescribeSkb()
    {
        uint length = (uint)(State->PacketEnd - State->PacketStart);
        byte* packet = (byte*)State->PacketStart;
        ((uint*)_context)[0] = length;
        if (!_hasPacketType) ((uint*)_context)[1] = 0;
        if (length < 14) return;
        if (!_hasProtocol) ((uint*)_context)[4] = *(ushort*)(packet + 12);
        if (_hasPacketType || (packet[0] & 1) == 0) return;
        bool broadcast = *(uint*)packet == uint.MaxValue && *(ushort*)(packet + 4) == ushort.MaxValue;
        ((uint*)_context)[1] = broadcast ? 1u : 2; // PACKET_BROADCAST, PACKET_MULTICAST
    }

    /// <summary>What every run starts with.</summary>
    internal void Begin(bool usesSlots)
    {
        VmState* state = State;
        state->Fault = FaultKind.None;
        state->FaultInstruction = -1;
        state->TailCalls = 0;
        state->CallDepth = 0;
        if (usesSlots) state->ResetSlots();
        StartFuel(state);
    }

    private void FreeBuffers()
    {
        NativeBlocks.FreeAligned(_buffer);
        NativeBlocks.FreeAligned(_context);
        NativeBlocks.Free(_keys);
        _buffer = _context = _keys = null;
    }
}
