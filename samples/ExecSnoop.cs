// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>One program started, or not.</summary>
public struct ExecEvent
{
    public uint Pid, ParentPid, Uid;

    /// <summary>0, or a negative errno.</summary>
    public int Result;
    public Bytes16 Command;
    public Bytes256 FileName;
}

/// <summary>Reports every execve with its file name and result.</summary>
public sealed unsafe class ExecSnoop : Probe
{
    private static readonly ExecEvent s_empty;
    private readonly HashMap<uint, ExecEvent> _running = new(8192);
    public readonly RingBuffer<ExecEvent> Events = new(256 * 1024);

    [Tracepoint("syscalls", "sys_enter_execve")]
    public void Enter(SyscallEnter call)
    {
        if (!_running.TryAdd(Bpf.Tid, s_empty) || !_running.TryFind(Bpf.Tid, out Ref<ExecEvent> started)) return;
        started.Value.Pid = Bpf.Pid;
        started.Value.Uid = Bpf.Uid;
        started.Value.ParentPid = (uint)Bpf.GetCurrentTask<task_struct>()->real_parent->tgid;
        Bpf.ProbeReadUserStr(started.Value.FileName, call.Pointer(0));
    }

    [Tracepoint("syscalls", "sys_exit_execve")]
    public void Exit(SyscallExit call)
    {
        if (!_running.TryFind(Bpf.Tid, out Ref<ExecEvent> started)) return;
        started.Value.Result = (int)call.Result;
        Bpf.GetCurrentComm(started.Value.Command);
        Events.Output(started.Value);
        _running.Remove(Bpf.Tid);
    }

    /// <summary>What is read of a task; where it lies in the running kernel is found when the program is loaded.</summary>
    [KernelType]
    public struct task_struct
    {
        public int tgid;
        public task_struct* real_parent;
    }
}
