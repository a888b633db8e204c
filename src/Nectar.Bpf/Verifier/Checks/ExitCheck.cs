// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>The end of a function or of the program.</summary>
internal static class ExitCheck
{
    internal static int Check(Analysis a)
    {
        VerifierState state = a.State;
        FrameState frame = state.Frame;
        if (state.Depth > 0)
        {
            // a function may return nothing only where nobody reads r0; the caller's read finds out
            if (frame.Entry == FrameEntry.Callback) a.NeedRegister(0);
            SubprogramCall.TryReturn(a, out int next);
            return next;
        }

        References.CheckNoneLeft(a, "the end of the program");
        ReturnValueCheck.Check(a);
        return Step.End;
    }
}
