// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>What a run holds and records, beginning and end.</summary>
internal sealed unsafe partial class RunSession
{
    /// <summary>Longest key that a callback gets a copy of, and how many can be in use: one for each frame.</summary>
    private const int KeyRoom = 512;

    private byte* _keys;

    /// <summary>The lock that the program holds; 0 for none.</summary>
    internal ulong HeldLock { get; set; }

    /// <summary>Signals that the program sent.</summary>
    internal List<int> Signals { get; } = [];

    /// <summary>Arguments of the traced function, from the size of the input.</summary>
    internal int ArgumentCount { get; set; } = 12;

    /// <summary>Return addresses that stack helpers see.</summary>
    internal ulong[] Stack { get; private set; } = [];

    /// <summary>What bpf_get_retval and bpf_set_retval read and write.</summary>
    internal int Retval { get; set; }

    /// <summary>csum_level of the packet; -1: no checksum was verified.</summary>
    internal int ChecksumLevel { get; set; } = -1;

    /// <summary>True if memory accesses and arguments are not tested.</summary>
    internal bool IsTrusted { get; private set; }

    /// <summary>True if the program ended with something in hand.</summary>
    internal bool HoldsAnything => _records.Count > 0 || HeldLock != 0;

    /// <summary>Takes limits and processor from the options.</summary>
    internal void Configure(VmOptions options, RunContext? context)
    {
        FuelLimit = options.FuelLimit;
        TimeLimitMs = options.TimeLimit == Timeout.InfiniteTimeSpan ? 0 : Math.Max(1, (long)options.TimeLimit.TotalMilliseconds);
        IsTrusted = options.Regime == VmRegime.Trusted;
        Cancellation = context?.Cancellation ?? default;
        State->Cpu = (uint)((context?.Cpu ?? 0) % options.CpuCount);
        _hasProtocol = context?.Has("protocol") == true;
        _hasPacketType = context?.Has("pkt_type") == true;
        Stack = context?.Stack ?? [];
        HelperMessage = null;
        Retval = 0;
        ChecksumLevel = -1;
        Signals.Clear();
        Redirects.Clear();
    }

    /// <summary>The program holds a ring record now.</summary>
    internal void Hold(ulong start, ulong size, VmMap map) => _records.Add((start, size, map));

    /// <summary>It does not any more; gives the ring, or null if it did not.</summary>
    internal VmMap? Unhold(ulong start)
    {
        for (int i = 0; i < _records.Count; i++)
        {
            if (_records[i].Start != start) continue;
            VmMap map = _records[i].Map;
            _records.RemoveAt(i);
            State->ResetSlots();
            return map;
        }

        return null;
    }

    /// <summary>Copies a key to memory that the program may read, where it stays until a callback at this depth gets another.</summary>
    internal ulong CopyKey(byte* key, uint size)
    {
        if (_keys == null) _keys = (byte*)NativeBlocks.Allocate(VmState.MaxFrames * KeyRoom);
        byte* to = _keys + (State->CallDepth * KeyRoom);
        Buffer.MemoryCopy(key, to, KeyRoom, Math.Min(size, KeyRoom));
        return (ulong)to;
    }

    /// <summary>Puts metadata in front of the packet.</summary>
    internal void AddMetadata(byte[] metadata)
    {
        if (metadata.Length % 4 != 0 || metadata.Length > Headroom - FrameHeader) throw new ArgumentException($"metadata has {metadata.Length} bytes, expected a multiple of 4, at most {Headroom - FrameHeader}");
        State->PacketMeta = State->PacketStart - (uint)metadata.Length;
        metadata.CopyTo(new Span<byte>((void*)State->PacketMeta, metadata.Length));
    }

    /// <summary>Gives back what a program left in hand: records are discarded, the lock is released.</summary>
    internal void EndRun()
    {
        foreach ((ulong start, ulong _, VmMap map) in _records) (map as VmRingBuffer)?.Commit((byte*)start, 0, true);
        _records.Clear();
        if (HeldLock != 0) Volatile.Write(ref *(int*)HeldLock, 0);
        HeldLock = 0;
    }

    /// <summary>Collects the result of a run.</summary>
    internal RunResult Finish(ulong value, ContextLayout layout)
    {
        VmState* state = State;
        if (state->Fault == FaultKind.Thrown) value = state->Scratch;
        VmFault? fault = state->Fault is FaultKind.None or FaultKind.Thrown ? null : FaultReport.Create(this);
        byte[] packet = new ReadOnlySpan<byte>((void*)state->PacketStart, (int)(state->PacketEnd - state->PacketStart)).ToArray();
        byte[] metadata = new ReadOnlySpan<byte>((void*)state->PacketMeta, (int)(state->PacketStart - state->PacketMeta)).ToArray();
        return new RunResult(fault is null ? value : 0, fault, packet, metadata, ContextBytes.ToArray(), layout, [.. Redirects]) { Signals = [.. Signals], RetvalSet = Retval };
    }

    private bool TryFindKey(ulong address, out ulong low)
    {
        low = 0;
        ulong offset = address - (ulong)_keys;
        if (_keys == null || offset >= VmState.MaxFrames * KeyRoom) return false;
        low = (ulong)_keys + (offset / KeyRoom * KeyRoom);
        return true;
    }
}
