// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Btf;

/// <summary>What became of one CO-RE relocation.</summary>
/// <param name="Instruction">The slot that was patched.</param>
/// <param name="Kind">What was asked for.</param>
/// <param name="Access">What was accessed, for example <c>struct task_struct.pid (0:3 @ 24)</c>.</param>
/// <param name="OldValue">The value as compiled.</param>
/// <param name="NewValue">The value in the target; 0 where <paramref name="IsPoisoned"/>.</param>
/// <param name="IsPoisoned">True if the instruction was replaced by a call of a helper that does not exist.</param>
/// <param name="Target">What it was matched with in the target; null if nothing was.</param>
/// <param name="TargetTypeId">The target's root type; 0 if there is none.</param>
/// <param name="Problem">
/// Why it failed. Severity warning: the field or value is missing, which is an error only if the instruction can run, since
/// programs guard such accesses. Severity error: the relocation itself is bad or ambiguous and the program must not be loaded.
/// </param>
public readonly record struct CoreRelocationResult(
    int Instruction,
    CoreRelocationKind Kind,
    string Access,
    ulong OldValue,
    ulong NewValue,
    bool IsPoisoned,
    string? Target,
    uint TargetTypeId,
    Diagnostic? Problem)
{
    /// <summary>True if the program must not be loaded.</summary>
    public bool IsError => Problem?.Severity == Severity.Error;
}
