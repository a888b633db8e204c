// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

public struct ExecEvent
{
    public uint Pid, ParentPid, Uid;
    public int Result;
    public Bytes16 Command;
    public Bytes256 FileName;
}

/// <summary>02: one record an execve.</summary>
public sealed unsafe class T02ExecSnoop : Probe
{
    private static readonly ExecEvent s_empty;
    private readonly HashMap<uint, ExecEvent> _starts = new(8192);
    public readonly RingBuffer<ExecEvent> Events = new(256 * 1024);

    [Tracepoint("syscalls", "sys_enter_execve")]
    public void enter(SyscallEnter call)
    {
        ulong id = Bpf.GetCurrentPidTgid();
        uint tid = (uint)id;
        if (!_starts.TryAdd(tid, s_empty) || !_starts.TryFind(tid, out Ref<ExecEvent> e)) return;
        e.Value.Pid = (uint)(id >> 32);
        e.Value.Uid = Bpf.Uid;
        e.Value.ParentPid = (uint)Bpf.GetCurrentTask<task_struct>()->real_parent->tgid;
        Bpf.ProbeReadUserStr(e.Value.FileName, call.Pointer(0));
    }

    [Tracepoint("syscalls", "sys_exit_execve")]
    public void leave(SyscallExit call)
    {
        uint tid = Bpf.Tid;
        if (!_starts.TryFind(tid, out Ref<ExecEvent> e)) return;
        e.Value.Result = (int)call.Result;
        Bpf.GetCurrentComm(e.Value.Command);
        Events.Output(e.Value);
        _starts.Remove(tid);
    }
}
