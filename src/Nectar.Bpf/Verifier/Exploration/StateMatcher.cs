// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>How strictly two states are compared.</summary>
internal enum Strictness : byte
{
    /// <summary>Only what mattered on the paths from the old state: it is known to be safe.</summary>
    WhatMattered,

    /// <summary>Everything is the same.</summary>
    Exact,

    /// <summary>All numbers lie within those of the old state, whose paths are not all walked yet.</summary>
    Within,
}

/// <summary>Decides whether a state is covered by one that was seen before: if the old one is safe, the new one is.</summary>
internal sealed class StateMatcher(Analysis analysis)
{
    private static readonly RegisterState s_unknown = RegisterState.Unknown;
    private readonly IdMap _ids = new();
    private readonly bool _isExact = analysis.Options.IsExact;

    internal bool Covers(VerifierState old, VerifierState current, Strictness strictness)
    {
        if (old.Depth != current.Depth || old.ActiveLocks != current.ActiveLocks || old.ActivePreemptLocks != current.ActivePreemptLocks
            || old.ActiveRcuLocks != current.ActiveRcuLocks || old.InSleepable != current.InSleepable)
        {
            return false;
        }

        for (int i = 0; i <= old.Depth; i++)
        {
            if (old.Frames[i]!.CallSite != current.Frames[i]!.CallSite) return false;
        }

        _ids.Reset(analysis.LastId);
        if (!ReferencesMatch(old, current)) return false;
        for (int i = old.Depth; i >= 0; i--)
        {
            int slot = i == old.Depth ? analysis.Slot : old.Frames[i + 1]!.CallSite;
            if (!FrameMatches(old.Frames[i]!, current.Frames[i]!, analysis.Program.LiveRegisters[slot], strictness)) return false;
        }

        return true;
    }

    private bool ReferencesMatch(VerifierState old, VerifierState current)
    {
        if (old.ReferenceCount != current.ReferenceCount || !_ids.Match(old.ActiveIrqId, current.ActiveIrqId)
            || old.ActiveLockOwner != current.ActiveLockOwner || !_ids.Match(old.ActiveLockId, current.ActiveLockId))
        {
            return false;
        }

        for (int i = 0; i < old.ReferenceCount; i++)
        {
            Reference a = old.References[i], b = current.References[i];
            if (a.Kind != b.Kind || !_ids.Match(a.Id, b.Id)) return false;
            if (a.Kind != ReferenceKind.Object && a.Owner != b.Owner) return false;
        }

        return true;
    }

    private bool FrameMatches(FrameState old, FrameState current, int live, Strictness strictness)
    {
        if (old.CallbackDepth > current.CallbackDepth || old.AsyncDepth != current.AsyncDepth) return false;
        for (int r = 0; r < 10; r++)
        {
            if ((live & (1 << r)) != 0 && !RegisterMatches(old.Registers[r], current.Registers[r], strictness)) return false;
        }

        return StackMatches(old, current, strictness);
    }

    private bool RegisterMatches(in RegisterState old, in RegisterState current, Strictness strictness)
    {
        if (strictness == Strictness.Exact) return IsSame(old, current);
        if (old.Kind == RegisterKind.NotInit && (strictness == Strictness.WhatMattered || current.Kind == RegisterKind.NotInit)) return true;
        if (old.Kind != current.Kind || old.Flags != current.Flags) return false;
        switch (old.Kind)
        {
            case RegisterKind.Scalar:
                if (!old.IsPrecise && strictness == Strictness.WhatMattered && !_isExact) return true;
                if ((old.Id ^ current.Id) < 0 && (old.Id != 0 || current.Id < 0)) return false;
                if (old.Id < 0 && old.Offset != current.Offset) return false;
                return _ids.MatchScalars(old.Id, current.Id) && current.Range.IsWithin(old.Range);
            case RegisterKind.MapKey or RegisterKind.MapValue or RegisterKind.Memory or RegisterKind.Buffer or RegisterKind.TracepointBuffer:
                return SamePlace(old, current) && current.Range.IsWithin(old.Range) && _ids.Match(old.Id, current.Id)
                    && _ids.Match(old.ReferenceId, current.ReferenceId);
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                if (old.Extent < 0 || current.Extent < 0 ? old.Extent != current.Extent : old.Extent > current.Extent) return false;
                return old.Offset == current.Offset && _ids.Match(old.Id, current.Id) && current.Range.IsWithin(old.Range);
            case RegisterKind.Arena:
                return true;
            default:
                return IsSame(old, current);
        }
    }

    private bool IsSame(in RegisterState old, in RegisterState current) =>
        old.Kind == current.Kind && old.Flags == current.Flags && SamePlace(old, current) && old.Range.SameAs(current.Range)
        && _ids.Match(old.Id, current.Id) && _ids.Match(old.ReferenceId, current.ReferenceId);

    private static bool SamePlace(in RegisterState old, in RegisterState current) =>
        old.Offset == current.Offset && old.Target == current.Target && old.Extent == current.Extent
        && (old.Origin == current.Origin || old.Kind is RegisterKind.MapValue or RegisterKind.ConstMap) && old.Detail == current.Detail && old.IsFirstSlot == current.IsFirstSlot;

    private bool StackMatches(FrameState old, FrameState current, Strictness strictness)
    {
        for (int s = 0; s < old.StackSlots; s++)
        {
            ref StackSlot a = ref old.Stack[s];
            if (strictness != Strictness.WhatMattered)
            {
                if (s >= current.StackSlots || a.Kinds != current.Stack[s].Kinds) return false;
            }
            else if (!a.IsRead && !_isExact) continue;

            if (a.Kinds == StackSlot.AllInvalid || IsAnyBytes(a.Kinds)) continue;
            if (s >= current.StackSlots) return false;
            if (!SlotMatches(ref a, ref current.Stack[s], strictness)) return false;
        }

        return true;
    }

    private bool SlotMatches(ref StackSlot old, ref StackSlot current, Strictness strictness)
    {
        ref readonly RegisterState a = ref AsNumber(ref old, out bool oldIsNumber);
        ref readonly RegisterState b = ref AsNumber(ref current, out bool currentIsNumber);
        if (oldIsNumber && currentIsNumber) return RegisterMatches(a, b, strictness);
        for (int i = 0; i < 8; i++)
        {
            SlotKind was = old.KindAt(i), now = current.KindAt(i);
            if (was is SlotKind.Invalid or SlotKind.Misc || was == now) continue;
            return false;
        }

        switch (old.KindAt(7))
        {
            case SlotKind.Spill:
                return RegisterMatches(old.Spilled, current.Spilled, strictness);
            case SlotKind.Dynptr:
                return old.Spilled.Target == current.Spilled.Target && old.Spilled.IsFirstSlot == current.Spilled.IsFirstSlot
                    && _ids.Match(old.Spilled.ReferenceId, current.Spilled.ReferenceId);
            case SlotKind.Iterator:
                // the depth is left out: it only counts rounds, and with it no loop would ever come to an end
                return old.Spilled.Kind == current.Spilled.Kind && old.Spilled.Flags == current.Spilled.Flags && old.Spilled.Target == current.Spilled.Target
                    && old.Spilled.Detail == current.Spilled.Detail && old.Spilled.IsFirstSlot == current.Spilled.IsFirstSlot
                    && _ids.Match(old.Spilled.ReferenceId, current.Spilled.ReferenceId);
            case SlotKind.IrqFlag:
                return old.Spilled.Detail == current.Spilled.Detail && _ids.Match(old.Spilled.ReferenceId, current.Spilled.ReferenceId);
            default:
                return true;
        }
    }

    /// <summary>True if every byte is unwritten or any number: nothing in it can have mattered.</summary>
    private static bool IsAnyBytes(ulong kinds) => (kinds & 0xFDFDFDFDFDFDFDFD) == 0;

    private static ref readonly RegisterState AsNumber(ref StackSlot slot, out bool isNumber)
    {
        isNumber = true;
        if (slot.KindAt(0) == SlotKind.Spill && slot.Spilled.Kind == RegisterKind.Scalar) return ref slot.Spilled;
        if (IsAnyBytes(slot.Kinds)) return ref s_unknown;
        isNumber = false;
        return ref slot.Spilled;
    }
}
