// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Probes;

namespace Twins;

[KernelType]
public struct task_struct
{
    public int pid, tgid, prio;
    public unsafe task_struct* real_parent;
}

[InlineArray(27)]
public struct Slots
{
    private ulong _first;
}

public struct LatencyHistogram
{
    public Slots Slots;
    public ulong Total, Sum;
}

/// <summary>08: run-queue latency by priority.</summary>
public sealed unsafe class T08RunQueue : Probe
{
    private static readonly LatencyHistogram s_zero;
    private readonly HashMap<int, ulong> _start = new(10240);
    public readonly HashMap<int, LatencyHistogram> ByPriority = new(256);

    [BtfTracepoint("sched_wakeup")]
    public void wakeup(task_struct* task) => _start.Set(task->pid, Bpf.KtimeGetNs());

    [BtfTracepoint("sched_switch")]
    public void swtch(bool preempt, task_struct* previous, task_struct* next)
    {
        int pid = next->pid, priority = next->prio;
        if (!_start.TryFind(pid, out Ref<ulong> since)) return;
        long delta = (long)(Bpf.KtimeGetNs() - since.Value);
        if (delta >= 0 && ByPriority.FindOrAdd(priority, s_zero) is { IsNull: false } histogram)
        {
            ulong us = (ulong)delta / 1000;
            int slot = (int)Math.Min(Bpf.Log2(us), 26);
            Bpf.Add(ref histogram.Value.Slots[slot], 1);
            Bpf.Add(ref histogram.Value.Total, 1);
            Bpf.Add(ref histogram.Value.Sum, us);
        }

        _start.Remove(pid);
    }
}
