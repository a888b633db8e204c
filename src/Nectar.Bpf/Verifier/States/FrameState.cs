// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.States;

/// <summary>The values that a function has to return: signed 32-bit bounds, both inclusive.</summary>
internal readonly record struct ReturnRange(int Minimum, int Maximum);

/// <summary>How a frame was entered.</summary>
internal enum FrameEntry : byte
{
    /// <summary>By a call, or by the host.</summary>
    Call,

    /// <summary>By a helper that calls it back before it returns.</summary>
    Callback,

    /// <summary>By a timer or work queue, later.</summary>
    AsyncCallback,

    /// <summary>By an exception.</summary>
    ExceptionCallback,
}

/// <summary>What is known about one frame: registers and stack.</summary>
internal sealed class FrameState
{
    /// <summary>r0 to r10, and one for checks that need a register of their own.</summary>
    internal const int RegisterCount = 11;

    internal readonly RegisterState[] Registers = new RegisterState[RegisterCount];

    /// <summary>The slots from the top: slot i is the eight bytes at r10 - 8 * (i + 1).</summary>
    internal StackSlot[] Stack = [];

    /// <summary>How many of <see cref="Stack"/> are in use.</summary>
    internal int StackSlots;

    /// <summary>The slot of the call that made the frame; -1 for the first.</summary>
    internal int CallSite = -1;

    /// <summary>Index of its function among the subprograms.</summary>
    internal int Subprogram;

    /// <summary>Its depth: 0 for the first.</summary>
    internal int Number;

    /// <summary>Different for each call on each path.</summary>
    internal int Instance;

    internal FrameEntry Entry;

    /// <summary>What a callback has to return; null in ordinary functions.</summary>
    internal ReturnRange? CallbackReturns;

    /// <summary>How many times the callback of the helper at <see cref="CallSite"/> was entered on this path.</summary>
    internal int CallbackDepth;

    /// <summary>How often asynchronous callbacks were entered through each other.</summary>
    internal int AsyncDepth;

    internal bool InCallback => Entry == FrameEntry.Callback;

    internal void Clear()
    {
        Array.Clear(Registers);
        StackSlots = 0;
        CallSite = -1;
        Subprogram = Number = Instance = CallbackDepth = AsyncDepth = 0;
        Entry = FrameEntry.Call;
        CallbackReturns = null;
    }

    internal void CopyFrom(FrameState other)
    {
        other.Registers.AsSpan().CopyTo(Registers);
        if (Stack.Length < other.StackSlots) Stack = new StackSlot[other.Stack.Length];
        other.Stack.AsSpan(0, other.StackSlots).CopyTo(Stack);
        StackSlots = other.StackSlots;
        CallSite = other.CallSite;
        Subprogram = other.Subprogram;
        Number = other.Number;
        Instance = other.Instance;
        Entry = other.Entry;
        CallbackReturns = other.CallbackReturns;
        CallbackDepth = other.CallbackDepth;
        AsyncDepth = other.AsyncDepth;
    }

    /// <summary>Makes sure that slots down to an offset (negative, from r10) exist.</summary>
    internal void GrowTo(int offset)
    {
        int needed = (-offset + 7) / 8;
        if (needed <= StackSlots) return;
        if (Stack.Length < needed) Array.Resize(ref Stack, Math.Min(64, Math.Max(needed, Stack.Length * 2)));
        Array.Clear(Stack, StackSlots, needed - StackSlots);
        StackSlots = needed;
    }
}
