// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Stacks by number: equal stacks are kept once. Kernel 4.6.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(7, Key = typeof(uint), Value = typeof(StackAddresses))]
public sealed unsafe class StackTraceMap([MaxEntries] int maxEntries) : Map(MapType.StackTrace, sizeof(uint), sizeof(StackAddresses), maxEntries)
{
    /// <summary>Puts the current stack into the map.</summary>
    /// <param name="context">The program's context: <c>ctx.Pointer</c>.</param>
    /// <param name="flags">Frames to skip in the low 8 bits; <c>BPF_F_USER_STACK</c> (256), <c>BPF_F_FAST_STACK_CMP</c> (512), <c>BPF_F_REUSE_STACKID</c> (1024).</param>
    /// <returns>The stack's number, or a negative error number.</returns>
    public long Add(void* context, ulong flags = 0) => Bpf.GetStackId(context, this, flags);

    /// <summary>For user space: the live map.</summary>
    public StackTraceView View => new(Live);
}

/// <summary>Return addresses of a stack, innermost first; zeros behind the last.</summary>
[System.Runtime.CompilerServices.InlineArray(127)]
public struct StackAddresses
{
    private ulong _first;
}
