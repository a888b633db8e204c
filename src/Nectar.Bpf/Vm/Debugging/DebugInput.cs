// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What one run of the program gets.</summary>
/// <param name="Bytes">The packet, the memory, or the context's bytes, as for <see cref="VmProgram.Run(ReadOnlySpan{byte}, RunContext?)"/>.</param>
public sealed record DebugInput(byte[] Bytes)
{
    /// <summary>What else the program finds.</summary>
    public RunContext? Context { get; init; }

    /// <summary>What the clock shows when the run begins, in nanoseconds: for packets the time of capture. Null: a millisecond after the run before.</summary>
    public ulong? TimeNs { get; init; }
}
