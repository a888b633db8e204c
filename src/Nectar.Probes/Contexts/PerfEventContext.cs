// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct bpf_perf_event_data</c></summary>
public unsafe struct bpf_perf_event_data
{
#pragma warning disable CS1591 // the kernel's names
    public pt_regs regs;
    public ulong sample_period, addr;
#pragma warning restore CS1591
}

/// <summary>The context of samples of performance events.</summary>
/// <param name="event">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct PerfEventContext(bpf_perf_event_data* @event)
{
    private readonly bpf_perf_event_data* _event = @event;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_perf_event_data* Pointer => _event;

    /// <summary>Events since the last sample.</summary>
    public ulong Period => _event->sample_period;

    /// <summary>The data address, where the event has one. Kernel 4.17.</summary>
    public ulong Address => _event->addr;

    /// <summary>Where the processor was.</summary>
    public ulong InstructionPointer => _event->regs.ip;

    /// <summary>The stack pointer.</summary>
    public ulong StackPointer => _event->regs.sp;

    /// <summary>True if the processor ran user code.</summary>
    public bool IsUserMode => (_event->regs.cs & 3) != 0;
}
