// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Refusals;

/// <summary>Codes of what the kernel's verifier refuses (docs/diagnostics/verifier-kernel.md).</summary>
internal static class VerifierCodes
{
    internal static readonly DiagnosticCode Unexplained = new(4501);
    internal static readonly DiagnosticCode UnreadRegister = new(4502);
    internal static readonly DiagnosticCode NullPointer = new(4503);
    internal static readonly DiagnosticCode InvalidPointer = new(4504);
    internal static readonly DiagnosticCode PacketBounds = new(4505);
    internal static readonly DiagnosticCode MemoryBounds = new(4506);
    internal static readonly DiagnosticCode UnboundedValue = new(4507);
    internal static readonly DiagnosticCode PointerArithmetic = new(4508);
    internal static readonly DiagnosticCode StackAccess = new(4509);
    internal static readonly DiagnosticCode StackSize = new(4510);
    internal static readonly DiagnosticCode ContextAccess = new(4511);
    internal static readonly DiagnosticCode Loop = new(4512);
    internal static readonly DiagnosticCode TooComplex = new(4513);
    internal static readonly DiagnosticCode ControlFlow = new(4514);
    internal static readonly DiagnosticCode HelperNotAllowed = new(4515);
    internal static readonly DiagnosticCode License = new(4516);
    internal static readonly DiagnosticCode ArgumentType = new(4517);
    internal static readonly DiagnosticCode ArgumentValue = new(4518);
    internal static readonly DiagnosticCode KernelFunction = new(4519);
    internal static readonly DiagnosticCode Reference = new(4520);
    internal static readonly DiagnosticCode LockedRegion = new(4521);
    internal static readonly DiagnosticCode ReturnValue = new(4522);
    internal static readonly DiagnosticCode AttachTarget = new(4523);
    internal static readonly DiagnosticCode Sleepable = new(4524);
    internal static readonly DiagnosticCode FunctionTypes = new(4525);
    internal static readonly DiagnosticCode BadInstruction = new(4526);
    internal static readonly DiagnosticCode Alignment = new(4527);
    internal static readonly DiagnosticCode PointerLeak = new(4528);
    internal static readonly DiagnosticCode DynptrOrIterator = new(4529);
    internal static readonly DiagnosticCode TailCall = new(4530);
    internal static readonly DiagnosticCode Callback = new(4531);
    internal static readonly DiagnosticCode MissingField = new(4532);
    internal static readonly DiagnosticCode MissingMap = new(4533);
    internal static readonly DiagnosticCode MissingFunction = new(4534);
    internal static readonly DiagnosticCode KernelBug = new(4535);
    internal static readonly DiagnosticCode ReadOnly = new(4536);
    internal static readonly DiagnosticCode MapUse = new(4537);
    internal static readonly DiagnosticCode Privilege = new(4538);
    internal static readonly DiagnosticCode NoLog = new(4539);
}
