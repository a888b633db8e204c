// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Refusals;

/// <summary>Explains programs that the kernel refused before, or besides, its verifier.</summary>
internal static class ProgramRefusal
{
    internal static KernelException Make(ProgramLoad request, Errno errno)
    {
        RefusalContext context = new() { ProgramType = request.Type, AttachType = request.ExpectedAttachType, InstructionCount = request.Instructions.Length };
        return Refusal.Make(LinuxCodes.Program, $"program '{request.Name}'", "load", "bpf(BPF_PROG_LOAD)", errno, context,
            $"note: {request.Type}{(request.ExpectedAttachType is { } attach ? $" for {attach}" : "")}, {request.Instructions.Length} instructions");
    }
}
