// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Calls of functions of the program, and returns from them.</summary>
internal static class SubprogramCall
{
    /// <returns>The slot where the path goes on.</returns>
    internal static int Check(Analysis a)
    {
        int target = a.Slot + 1 + a.Instruction.Immediate;
        int subprogram = a.Program.SubprogramAt(target);
        if (subprogram < 0) a.Refuse(ViolationKind.BadCallTarget, -1, $"no function begins at slot {target}");
        if (a.Program.IsGlobal[subprogram])
        {
            GlobalFunctions.CheckCall(a, subprogram);
            return a.Slot + 1;
        }

        FrameState caller = a.Frame;
        FrameState callee = PushFrame(a, subprogram, a.Slot);
        for (int r = 1; r <= 5; r++) callee.Registers[r] = caller.Registers[r];
        ClearCallerSaved(caller);
        return target;
    }

    /// <summary>Adds a frame for a function; its registers but r10 hold nothing yet.</summary>
    internal static FrameState PushFrame(Analysis a, int subprogram, int callSite) => PushFrame(a, a.State, subprogram, callSite);

    internal static FrameState PushFrame(Analysis a, VerifierState state, int subprogram, int callSite)
    {
        if (state.Depth + 1 >= VerifierState.MaxFrames)
        {
            a.Refuse(ViolationKind.CallDepth, -1, $"calls nest {VerifierState.MaxFrames + 1} deep, at most {VerifierState.MaxFrames} are allowed");
        }

        FrameState frame = a.Pool.RentFrame();
        state.Depth++;
        state.Frames[state.Depth] = frame;
        frame.Number = state.Depth;
        frame.Subprogram = subprogram;
        frame.CallSite = callSite;
        frame.Instance = a.NewId();
        frame.AsyncDepth = state.Frames[state.Depth - 1]!.AsyncDepth;
        SetFramePointer(frame);
        return frame;
    }

    internal static void SetFramePointer(FrameState frame)
    {
        frame.Registers[10] = RegisterState.Pointer(RegisterKind.Stack);
        frame.Registers[10].Target = frame.Number;
    }

    internal static void ClearCallerSaved(FrameState frame)
    {
        for (int r = 0; r <= 5; r++) frame.Registers[r] = default;
    }

    /// <summary>Returns from a function that was called; false in the outermost frame.</summary>
    /// <param name="a">The verification.</param>
    /// <param name="next">The slot where the caller goes on.</param>
    internal static bool TryReturn(Analysis a, out int next)
    {
        next = -1;
        VerifierState state = a.State;
        if (state.Depth == 0) return false;
        FrameState callee = state.Frame;
        RegisterState result = callee.Registers[0];
        if (result.Kind == RegisterKind.Stack)
        {
            a.Refuse(ViolationKind.StackPointerReturned, 0, "r0 points to the stack of the function that ends here");
        }

        FrameState caller = state.Frames[state.Depth - 1]!;
        bool isCallback = callee.Entry == FrameEntry.Callback;
        if (isCallback) Callbacks.CheckReturn(a, callee, result);
        else caller.Registers[0] = result;
        next = isCallback ? callee.CallSite : callee.CallSite + 1;
        state.Frames[state.Depth] = null;
        state.Depth--;
        ForgetFrame(state, callee);
        if (isCallback) Callbacks.AfterReturn(a, callee.CallSite);
        a.Pool.Return(callee);
        return true;
    }

    /// <summary>Addresses of a frame that has ended lead nowhere.</summary>
    private static void ForgetFrame(VerifierState state, FrameState callee)
    {
        for (int f = 0; f <= state.Depth; f++)
        {
            FrameState frame = state.Frames[f]!;
            for (int r = 0; r < 10; r++)
            {
                if (frame.Registers[r].Kind == RegisterKind.Stack && frame.Registers[r].Target == callee.Number) frame.Registers[r] = default;
            }
        }
    }
}
