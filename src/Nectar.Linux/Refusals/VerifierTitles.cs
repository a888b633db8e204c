// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Linux.Refusals;

/// <summary>What is said about the codes of the kernel's refusals in general: the category and a title.</summary>
internal static class VerifierTitles
{
    private static readonly Dictionary<DiagnosticCode, (ViolationCategory Category, string Title)> s_rows = new()
    {
        [VerifierCodes.Unexplained] = (ViolationCategory.Policy, "refused for a reason that is not in the tables"),
        [VerifierCodes.UnreadRegister] = (ViolationCategory.RegisterType, "register read before it was written"),
        [VerifierCodes.NullPointer] = (ViolationCategory.RegisterType, "a pointer that may be null is used"),
        [VerifierCodes.InvalidPointer] = (ViolationCategory.RegisterType, "something is used as a pointer that is none"),
        [VerifierCodes.PacketBounds] = (ViolationCategory.Memory, "packet access that was not compared with data_end"),
        [VerifierCodes.MemoryBounds] = (ViolationCategory.Memory, "access outside of memory"),
        [VerifierCodes.UnboundedValue] = (ViolationCategory.Memory, "a number without bounds"),
        [VerifierCodes.PointerArithmetic] = (ViolationCategory.RegisterType, "arithmetic that pointers do not have"),
        [VerifierCodes.StackAccess] = (ViolationCategory.Memory, "access to the stack"),
        [VerifierCodes.StackSize] = (ViolationCategory.ProgramStructure, "too much stack"),
        [VerifierCodes.ContextAccess] = (ViolationCategory.Memory, "no such access to the context"),
        [VerifierCodes.Loop] = (ViolationCategory.ProgramStructure, "a loop that does not end"),
        [VerifierCodes.TooComplex] = (ViolationCategory.ProgramStructure, "a program too complex to check"),
        [VerifierCodes.ControlFlow] = (ViolationCategory.ProgramStructure, "control flow that cannot be followed"),
        [VerifierCodes.HelperNotAllowed] = (ViolationCategory.Policy, "a helper that may not be called"),
        [VerifierCodes.License] = (ViolationCategory.Policy, "a function for GPL programs only"),
        [VerifierCodes.ArgumentType] = (ViolationCategory.CallType, "an argument of the wrong kind"),
        [VerifierCodes.ArgumentValue] = (ViolationCategory.CallType, "an argument with a value that the call does not take"),
        [VerifierCodes.KernelFunction] = (ViolationCategory.Policy, "a kernel function that may not be called"),
        [VerifierCodes.Reference] = (ViolationCategory.ResourceLifetime, "something acquired that is not released, or not acquired"),
        [VerifierCodes.LockedRegion] = (ViolationCategory.ExecutionContext, "a locked region is used wrongly"),
        [VerifierCodes.ReturnValue] = (ViolationCategory.Policy, "a return value that this type of program may not give"),
        [VerifierCodes.AttachTarget] = (ViolationCategory.Policy, "an attach target that does not fit"),
        [VerifierCodes.Sleepable] = (ViolationCategory.ExecutionContext, "sleeping where it is not allowed"),
        [VerifierCodes.FunctionTypes] = (ViolationCategory.CallType, "function types that are missing or do not fit"),
        [VerifierCodes.BadInstruction] = (ViolationCategory.ProgramStructure, "an instruction that is none"),
        [VerifierCodes.Alignment] = (ViolationCategory.Memory, "an access that is not aligned"),
        [VerifierCodes.PointerLeak] = (ViolationCategory.RegisterType, "an address of the kernel would become visible"),
        [VerifierCodes.DynptrOrIterator] = (ViolationCategory.ResourceLifetime, "a dynptr or iterator in the wrong state"),
        [VerifierCodes.TailCall] = (ViolationCategory.ExecutionContext, "a tail call where none is allowed"),
        [VerifierCodes.Callback] = (ViolationCategory.CallType, "a callback that is none"),
        [VerifierCodes.MissingField] = (ViolationCategory.ProgramStructure, "a field or type that this kernel does not have"),
        [VerifierCodes.MissingMap] = (ViolationCategory.ProgramStructure, "a map that was left out"),
        [VerifierCodes.MissingFunction] = (ViolationCategory.ProgramStructure, "a kernel function that this kernel does not have"),
        [VerifierCodes.KernelBug] = (ViolationCategory.Policy, "the kernel's verifier failed by itself"),
        [VerifierCodes.ReadOnly] = (ViolationCategory.Memory, "something is written that can only be read, or the other way round"),
        [VerifierCodes.MapUse] = (ViolationCategory.Policy, "a map that cannot be used so"),
        [VerifierCodes.Privilege] = (ViolationCategory.Policy, "something that needs more rights"),
        [VerifierCodes.NoLog] = (ViolationCategory.Policy, "refused without a word of the verifier"),
    };

    internal static (ViolationCategory Category, string Title) Find(DiagnosticCode code) => s_rows[code];

    /// <summary>The heading of the newer dialect, taken apart: <c>Memory Safety: Out of bounds access</c>; null if its category is not known.</summary>
    internal static (ViolationCategory Category, string Title)? Parse(string heading)
    {
        int colon = heading.IndexOf(':', StringComparison.Ordinal);
        string words = (colon < 0 ? heading : heading[..colon]).Trim();
        foreach (ViolationCategory category in Enum.GetValues<ViolationCategory>())
        {
            if (!words.Equals(category.ToWords(), StringComparison.OrdinalIgnoreCase)) continue;
            string title = colon < 0 ? "" : heading[(colon + 1)..].Trim();
            return (category, title.Length == 0 ? "refused by the kernel" : title);
        }

        return null;
    }
}
