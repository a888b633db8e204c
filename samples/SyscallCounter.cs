// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>A system call of a process.</summary>
public readonly record struct SyscallKey(uint Pid, uint Number);

/// <summary>Counts system calls by process and number.</summary>
public sealed class SyscallCounter : Probe
{
    public readonly HashMap<SyscallKey, ulong> Counts = new(16384);

    [RawTracepoint("sys_enter")]
    public void Count(RawTracepointContext call)
    {
        Ref<ulong> count = Counts.FindOrAdd(new SyscallKey(Bpf.Pid, call.Argument<uint>(1)), 0);
        if (count) Bpf.Add(ref count.Value, 1);
    }
}
