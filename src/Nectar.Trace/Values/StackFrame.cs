// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Values;

/// <summary>A function of a stack.</summary>
/// <param name="Address">The instruction, or where the call returns to.</param>
/// <param name="Function">Its readable name; null if it is not known.</param>
/// <param name="Offset">Bytes behind the function's start.</param>
/// <param name="Module">The file, or the kernel's module; null if it is not known.</param>
/// <param name="Source">File and line, where debug information says it; otherwise null.</param>
public readonly record struct StackFrame(ulong Address, string? Function, ulong Offset, string? Module, string? Source)
{
    /// <summary>The compiler put the function's code in place of a call: it has no address and no offset of its own.</summary>
    public bool IsInlined { get; init; }
}
