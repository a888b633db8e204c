// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>
/// Functions of the program that the kernel calls. One that is called before the helper returns is walked as a branch that comes back to the call: so
/// each round begins with what the last one left, until rounds look alike. One that is called later begins with a fresh stack.
/// </summary>
internal static class Callbacks
{
    private static readonly ReturnRange s_goOnOrStop = new(0, 1), s_zero = new(0, 0);

    /// <summary>bpf_for_each_map_elem: callback(map, key, value, context).</summary>
    internal static void EnterForEach(Analysis a, in HelperData data)
    {
        MapDefinition map = a.Maps[data.Map];
        if (map.Type is not (MapType.Array or MapType.PerCpuArray or MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash))
        {
            a.Refuse(ViolationKind.MapHelper, 1, $"map '{map.Name}' of type {map.Type} cannot be walked element by element");
        }

        (FrameState caller, FrameState callee) = Enter(a, data.Subprogram);
        callee.Registers[1] = caller.Registers[1];
        callee.Registers[2] = InMap(RegisterKind.MapKey, data.Map, data.MapInstance);
        callee.Registers[3] = InMap(RegisterKind.MapValue, data.Map, data.MapInstance);
        callee.Registers[4] = caller.Registers[3];
    }

    /// <summary>bpf_loop: callback(index, context), as often as the largest count that is possible.</summary>
    internal static void EnterLoop(Analysis a, int subprogram)
    {
        if (a.Registers[4].IsNull) a.Precision.Mark(4);
        a.Precision.Mark(1);
        if ((ulong)a.Frame.CallbackDepth >= a.Registers[1].Range.UMax)
        {
            a.Frame.CallbackDepth = 0;
            return;
        }

        (FrameState caller, FrameState callee) = Enter(a, subprogram);
        callee.Registers[1] = RegisterState.Unknown;
        callee.Registers[2] = caller.Registers[3];
    }

    /// <summary>bpf_find_vma: callback(task, area, context).</summary>
    internal static void EnterFindVma(Analysis a, int subprogram)
    {
        (FrameState caller, FrameState callee) = Enter(a, subprogram);
        callee.Registers[1] = caller.Registers[1];
        callee.Registers[2] = RegisterState.Pointer(RegisterKind.BtfObject);
        callee.Registers[2].Target = (int)(a.Options.KernelTypes?.FindByName("vm_area_struct", Btf.BtfKind.Struct) ?? 0);
        callee.Registers[3] = caller.Registers[4];
    }

    /// <summary>bpf_user_ringbuf_drain: callback(dynptr, context).</summary>
    internal static void EnterDrain(Analysis a, int subprogram)
    {
        (FrameState caller, FrameState callee) = Enter(a, subprogram);
        callee.Registers[1] = RegisterState.Pointer(RegisterKind.Dynptr);
        callee.Registers[1].Target = (int)DynptrKind.Local;
        callee.Registers[1].Id = a.NewId();
        callee.Registers[2] = caller.Registers[3];
    }

    /// <summary>bpf_rbtree_add: less(node, node), both borrowed from the tree.</summary>
    internal static void EnterTreeAdd(Analysis a, int subprogram, SpecialField root)
    {
        (_, FrameState callee) = Enter(a, subprogram);
        for (int r = 1; r <= 2; r++)
        {
            callee.Registers[r] = GraphNode(root);
            References.MakeNonOwning(a, ref callee.Registers[r]);
        }
    }

    /// <summary>A timer or work queue: callback(map, key, value), later.</summary>
    /// <param name="a">The analysis.</param>
    /// <param name="subprogram">The callback.</param>
    /// <param name="map">The map whose value has the timer.</param>
    /// <param name="instance">Which instance of an inner map.</param>
    /// <param name="maySleep">True if the callback may sleep.</param>
    /// <param name="returns">What it has to return: 0 unless told.</param>
    internal static void LeaveForLater(Analysis a, int subprogram, int map, int instance, bool maySleep, ReturnRange? returns = null)
    {
        a.Calls.IsCallback[subprogram] = a.Calls.IsAsyncCallback[subprogram] = true;
        VerifierState state = a.Pool.Rent();
        FrameState frame = a.Pool.RentFrame();
        state.Frames[0] = frame;
        frame.Subprogram = subprogram;
        frame.Instance = a.NewId();
        frame.Entry = FrameEntry.AsyncCallback;
        frame.AsyncDepth = a.Frame.AsyncDepth + 1;
        frame.CallbackReturns = returns ?? s_zero;
        SubprogramCall.SetFramePointer(frame);
        state.InSleepable = maySleep || (a.Input.IsSleepable && !a.Since(6, 18));
        frame.Registers[1] = InMap(RegisterKind.ConstMap, map, instance);
        frame.Registers[2] = InMap(RegisterKind.MapKey, map, instance);
        frame.Registers[3] = InMap(RegisterKind.MapValue, map, instance);
        a.Pending.Push(state, a.Program.Starts[subprogram], a.Slot);
    }

    /// <summary>Checks what a callback returns.</summary>
    internal static void CheckReturn(Analysis a, FrameState callee, in RegisterState result)
    {
        if (result.Kind != RegisterKind.Scalar) a.Refuse(ViolationKind.CallbackReturn, 0, $"r0 is {result}: a callback returns a number");
        a.Precision.Mark(0);
        ReturnRange wanted = callee.CallbackReturns ?? s_goOnOrStop;
        if (result.Range.SMin < wanted.Minimum || result.Range.SMax > wanted.Maximum) a.Refuse(ViolationKind.CallbackReturn, 0, $"the callback returns {result.Range.Format()}, it has to be {wanted.Minimum} to {wanted.Maximum}");
    }

    /// <summary>Back at the call: what changed from the last round and did not matter may be anything in the next.</summary>
    internal static void AfterReturn(Analysis a, int callSite)
    {
        if (FindRound(a.State, a.State.Parent, callSite) is { } earlier) Widening.Apply(a, earlier, a.State);
    }

    /// <summary>The last checkpoint on this path that was made at a slot with the same chain of calls.</summary>
    internal static VerifierState? FindRound(VerifierState state, VerifierState? from, int slot)
    {
        for (VerifierState? earlier = from; earlier is not null; earlier = earlier.Parent)
        {
            if (earlier.AtSlot == slot && earlier.Branches > 0 && HasSameCalls(earlier, state)) return earlier;
        }

        return null;
    }

    /// <summary>True while the code that runs orders a tree: the tree's lock is held around it.</summary>
    internal static bool InTreeCallback(Analysis a)
    {
        for (int f = a.State.Depth; f > 0; f--)
        {
            FrameState frame = a.State.Frames[f]!;
            if (frame.Entry == FrameEntry.Callback && a.Input.Kfuncs.TryGetValue(frame.CallSite, out string? name) && KfuncSpecials.Of(name) is >= SpecialKfunc.TreeAdd and <= SpecialKfunc.TreeRight) return true;
        }

        return false;
    }

    /// <summary>A node of a list or tree, as the field that holds it says.</summary>
    internal static RegisterState GraphNode(SpecialField root)
    {
        RegisterState node = RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.Allocated);
        node.Origin = root.TypeSet;
        node.Target = (int)root.TypeId;
        node.Offset = root.NodeOffset;
        return node;
    }

    private static (FrameState Caller, FrameState Callee) Enter(Analysis a, int subprogram)
    {
        a.Calls.IsCallback[subprogram] = true;
        VerifierState state = a.PushBranch(a.Program.Starts[subprogram]);
        FrameState caller = state.Frames[state.Depth]!;
        FrameState callee = SubprogramCall.PushFrame(a, state, subprogram, a.Slot);
        callee.Entry = FrameEntry.Callback;
        callee.CallbackReturns = s_goOnOrStop;
        state.CallbackUnrollDepth++;
        caller.CallbackDepth++;
        a.Frame.CallbackDepth = 0;
        return (caller, callee);
    }

    private static RegisterState InMap(RegisterKind kind, int map, int instance)
    {
        RegisterState pointer = RegisterState.Pointer(kind);
        (pointer.Target, pointer.Origin) = (map, instance);
        return pointer;
    }

    private static bool HasSameCalls(VerifierState one, VerifierState other)
    {
        if (one.Depth != other.Depth) return false;
        for (int f = 0; f <= one.Depth; f++)
        {
            if (one.Frames[f]!.CallSite != other.Frames[f]!.CallSite) return false;
        }

        return true;
    }
}
