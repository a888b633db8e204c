// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

/// <summary>03: latency of vfs_read in powers of two microseconds.</summary>
public sealed unsafe class T03VfsRead : Probe
{
    private readonly HashMap<uint, ulong> _starts = new(10240);
    public readonly Histogram Slots = new(64);

    [Fentry("vfs_read")]
    public void vfs_read_enter(void* file) => _starts.Set(Bpf.Tid, Bpf.KtimeGetNs());

    [Fexit("vfs_read")]
    public void vfs_read_exit(void* file, byte* buffer, nuint count, long* position, long result)
    {
        uint tid = Bpf.Tid;
        if (!_starts.TryFind(tid, out Ref<ulong> start)) return;
        ulong us = (Bpf.KtimeGetNs() - start.Value) / 1000;
        _starts.Remove(tid);
        Slots.Add(us);
    }
}

/// <summary>03b: the same through tracepoints of read.</summary>
public sealed class T03ReadTracepoints : Probe
{
    private readonly HashMap<uint, ulong> _starts = new(10240);
    public readonly Histogram Slots = new(64);

    [Tracepoint("syscalls", "sys_enter_read")]
    public void read_enter(SyscallEnter call) => _starts.Set(Bpf.Tid, Bpf.KtimeGetNs());

    [Tracepoint("syscalls", "sys_exit_read")]
    public void read_exit(SyscallExit call)
    {
        uint tid = Bpf.Tid;
        if (!_starts.TryFind(tid, out Ref<ulong> start)) return;
        ulong us = (Bpf.KtimeGetNs() - start.Value) / 1000;
        _starts.Remove(tid);
        Slots.Add(us);
    }
}
