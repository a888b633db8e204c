// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace GuestProbes;

/// <summary>Bytes asked for and bytes read, of one process: the entry and the return of a kernel function.</summary>
public sealed unsafe class ReadSizes : Probe
{
    /// <summary>The process.</summary>
    [Constant] public uint Target;

    /// <summary>Calls that began and that returned, and their bytes.</summary>
    public ulong Begun, Asked, Returned, Read;

    [Kprobe("vfs_read")]
    public void Enter(void* file, byte* buffer, nuint count)
    {
        if (Bpf.Pid != Target) return;
        Bpf.Add(ref Begun, 1);
        Bpf.Add(ref Asked, count);
    }

    [Kretprobe("vfs_read")]
    public void Exit(long result)
    {
        if (Bpf.Pid != Target || result <= 0) return;
        Bpf.Add(ref Returned, 1);
        Bpf.Add(ref Read, (ulong)result);
    }
}

/// <summary>Names by which a process looks for sessions: a system call by its name, with the arguments that the user gave.</summary>
public sealed unsafe class SessionCalls : Probe
{
    [Constant] public uint Target;
    public ulong Calls, LastArgument;

    [Ksyscall("getsid")]
    public void Called(RegistersContext context)
    {
        if (Bpf.Pid != Target) return;
        Bpf.Add(ref Calls, 1);
        ulong argument = 0;
        Bpf.ProbeReadKernel(&argument, sizeof(ulong), &((pt_regs*)context.ArgumentPointer(0))->di); // the caller's registers are the function's argument
        LastArgument = argument;
    }
}

/// <summary>Both ends of many functions by one link each.</summary>
public sealed class ManyFunctions : Probe
{
    [Constant] public uint Target;
    public ulong Entered, Left;

    [KprobeMulti("__x64_sys_getsi*")]
    public void Enter(RegistersContext context)
    {
        if (Bpf.Pid == Target) Bpf.Add(ref Entered, 1);
    }

    [KretprobeMulti("__x64_sys_getsi*")]
    public void Leave(RegistersContext context)
    {
        if (Bpf.Pid == Target) Bpf.Add(ref Left, 1);
    }
}

/// <summary>Both ends of a function of a library: what was asked and what came out.</summary>
public sealed class LibraryCalls : Probe
{
    [Constant] public uint Target;
    public ulong Calls;
    public long Argument, Result;

    [Uprobe("libc.so.6", "ffsll")]
    public void Enter(long value)
    {
        if (Bpf.Pid != Target) return;
        Bpf.Add(ref Calls, 1);
        Argument = value;
    }

    [Uretprobe("libc.so.6", "ffsll")]
    public void Leave(int result)
    {
        if (Bpf.Pid == Target) Result = result;
    }
}

/// <summary>A function of the kernel gives another result.</summary>
public sealed unsafe class ChangedResult : Probe
{
    [Constant] public uint Target;

    [FmodRet("security_task_getsid")]
    public int Instead(void* task, int result) => Bpf.Pid == Target ? (int)Errno.Io : 0;
}
