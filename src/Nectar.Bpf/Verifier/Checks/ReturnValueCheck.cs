// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>What programs, global functions and functions that run later leave in r0.</summary>
internal static class ReturnValueCheck
{
    internal static void Check(Analysis a)
    {
        FrameState frame = a.State.Frame;
        if (frame.Entry == FrameEntry.AsyncCallback && frame.CallbackReturns is { } range)
        {
            CheckRange(a, ReturnRule.Within(range.Minimum, range.Maximum), "this function");
            return;
        }

        if (a.CurrentGlobal > 0 && a.CurrentGlobal != a.Program.ExceptionCallback)
        {
            a.NeedRegister(0);
            if (a.Registers[0].Kind != RegisterKind.Scalar)
            {
                a.Refuse(ViolationKind.GlobalReturn, 0, $"r0 is {StateText.Kind(a.Registers[0])} at the end of a global function, a number is expected");
            }

            return;
        }

        bool returnsVoid = a.Calls.ContextPrototype != 0 && TypedContext.ReturnsVoid(a.Options.KernelTypes!, a.Calls.ContextPrototype);
        ReturnRule rule = ReturnRules.For(a.Calls.Traits, a.CurrentGlobal > 0 ? ReturnPlace.ExceptionCallback : ReturnPlace.Program, returnsVoid);
        switch (rule.Kind)
        {
            case Rules.ReturnCheck.Nothing:
                return;
            case Rules.ReturnCheck.Number:
                if (a.Registers[0].Kind == RegisterKind.NotInit) a.Refuse(ViolationKind.MissingReturnValue, 0, "r0 is not set at the end of the program: it is what the program returns");
                return;
            default:
                CheckRange(a, rule, "a program of this type");
                return;
        }
    }

    private static void CheckRange(Analysis a, ReturnRule rule, string what)
    {
        if (a.Registers[0].Kind == RegisterKind.NotInit) a.Refuse(ViolationKind.MissingReturnValue, 0, "r0 is not set at the end of the program: it is what the program returns");
        if (a.Registers[0].Kind != RegisterKind.Scalar)
        {
            a.Refuse(ViolationKind.ReturnUnknown, 0, $"r0 is {StateText.Kind(a.Registers[0])}, {what} returns a number from {rule.Minimum} to {rule.Maximum}");
        }

        a.Precision.Mark(0);
        ref RegisterState result = ref a.Registers[0];
        (long low, long high) = rule.Is32Bit ? (result.Range.S32Min, result.Range.S32Max) : (result.Range.SMin, result.Range.SMax);
        if (rule.Covers(low, high)) return;
        string allowed = rule.Minimum == rule.Maximum ? $"{rule.Minimum}" : $"{rule.Minimum} to {rule.Maximum}";
        a.Refuse(ViolationKind.ReturnRange, 0, $"r0 is {StateText.Of(result)}, {what} returns {allowed}");
    }
}
