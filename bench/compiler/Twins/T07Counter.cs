// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

public readonly record struct SyscallKey(uint Pid, uint Number);

/// <summary>07: counts system calls by process and number.</summary>
public sealed class T07Counter : Probe
{
    public readonly HashMap<SyscallKey, ulong> Counts = new(16384);

    [RawTracepoint("sys_enter")]
    public void count(RawTracepointContext call)
    {
        SyscallKey key = new(Bpf.Pid, call.Argument<uint>(1));
        if (Counts.TryFind(key, out Ref<ulong> n)) Bpf.Add(ref n.Value, 1);
        else Counts.TryAdd(key, 1);
    }
}
