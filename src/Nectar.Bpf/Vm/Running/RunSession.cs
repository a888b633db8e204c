// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Vm;

/// <summary>
/// The managed side of a <see cref="VmState"/>: one per thread that runs programs, taken from the host's pool. Owns the native
/// memory of state, stack, context and packet copy.
/// </summary>
internal sealed unsafe partial class RunSession : IDisposable
{
    /// <summary>Instructions between two looks at the clock.</summary>
    internal const long SliceSize = 1 << 20;

    private readonly List<(ulong Start, ulong Size, VmMap Map)> _records = [];
    private GCHandle _handle;
    private byte* _stack;
    private long _fuelLeft = long.MaxValue;
    private long _deadline;

    internal RunSession(VmHost host)
    {
        Host = host;
        _handle = GCHandle.Alloc(this);
        State = (VmState*)NativeBlocks.AllocateAligned(VmState.TotalSize, 64);
        NativeMemory.Clear(State, VmState.TotalSize);
        _stack = (byte*)NativeBlocks.AllocateAligned(VmState.MaxFrames * VmState.FrameSize, 64);
        NativeMemory.Clear(_stack, VmState.MaxFrames * VmState.FrameSize);
        State->StackLow = (ulong)_stack;
        State->StackTop = (ulong)_stack + (VmState.MaxFrames * VmState.FrameSize);
        State->Session = GCHandle.ToIntPtr(_handle);
        State->RandomState = host.NextRandomSeed();
    }

    /// <summary>Ring records that the program holds.</summary>
    internal ReadOnlySpan<(ulong Start, ulong Size, VmMap Map)> Records => CollectionsMarshal.AsSpan(_records);

    /// <summary>What redirect helpers decided in this run.</summary>
    internal List<Redirect> Redirects { get; } = [];

    /// <summary>Why a helper refused, where its name alone does not say it.</summary>
    internal string? HelperMessage { get; set; }

    /// <summary>What all sessions of an object share.</summary>
    internal VmHost Host { get; }

    /// <summary>The native state.</summary>
    internal VmState* State { get; private set; }

    /// <summary>The context of the program that runs.</summary>
    internal ContextLayout Layout { get; set; } = ContextTable.Memory;

    /// <summary>Instructions the run may take; 0 for no limit.</summary>
    internal long FuelLimit { get; set; }

    /// <summary>Longest run in milliseconds; 0 for no limit.</summary>
    internal long TimeLimitMs { get; set; }

    /// <summary>Ends the run when it is cancelled.</summary>
    internal CancellationToken Cancellation { get; set; }

    /// <summary>Hands out the first slice of fuel; the clock starts when it is spent, so that short runs never read it.</summary>
    internal void StartFuel(VmState* state)
    {
        _deadline = 0;
        if (FuelLimit == 0)
        {
            state->Fuel = SliceSize;
            return;
        }

        state->Fuel = Math.Min(FuelLimit, SliceSize);
        _fuelLeft = FuelLimit - state->Fuel;
    }

    /// <summary>The slice is spent: next slice, or a fault.</summary>
    internal bool NextSlice(VmState* state)
    {
        if (FuelLimit != 0)
        {
            if (_fuelLeft + state->Fuel < 0) return Fail(state, FaultKind.Fuel);
            long slice = Math.Min(_fuelLeft, SliceSize);
            _fuelLeft -= slice;
            state->Fuel += slice;
        }
        else
        {
            state->Fuel = SliceSize;
        }

        if (Cancellation.IsCancellationRequested || Host.IsStopping) return Fail(state, FaultKind.Cancelled);
        if (TimeLimitMs == 0) return true;
        long now = Environment.TickCount64;
        if (_deadline == 0) _deadline = now + TimeLimitMs;
        return now < _deadline || Fail(state, FaultKind.Deadline);
    }

    /// <summary>True if a register value is the handle of a live map.</summary>
    internal bool IsMap(ulong value) => Host.IsMap(value);

    /// <summary>Where the network header starts in the packet, for LD_ABS with negative offsets.</summary>
    internal int NetworkOffset(VmState* state) => Layout.Shape == ContextShape.Memory ? 0 : 14;

    /// <summary>Bounds of the record, map element or granted range around an address.</summary>
    internal bool TryFindRegion(ulong address, bool write, out ulong low, out ulong length)
    {
        foreach ((ulong start, ulong size, VmMap _) in CollectionsMarshal.AsSpan(_records))
        {
            if (address - start >= size) continue;
            low = start;
            length = size;
            return true;
        }

        if (!write && TryFindKey(address, out low))
        {
            length = KeyRoom;
            return true;
        }

        return Host.Memory.TryFind(address, write, out low, out length) || (Host.Refresh() && Host.Memory.TryFind(address, write, out low, out length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (State is null) return;
        NativeBlocks.FreeAligned(State);
        NativeBlocks.FreeAligned(_stack);
        FreeBuffers();
        State = null;
        _stack = null;
        _handle.Free();
    }

    private static bool Fail(VmState* state, FaultKind kind)
    {
        if (state->Fault == FaultKind.None) state->Fault = kind;
        return false;
    }
}
