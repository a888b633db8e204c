// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>A static tracepoint: <c>void M(TracepointContext&lt;TRecord&gt;)</c>, or <see cref="SyscallEnter"/>, <see cref="SyscallExit"/>. Kernel 4.7.</summary>
/// <param name="category">For example <c>sched</c>; directories of <c>/sys/kernel/tracing/events</c>.</param>
/// <param name="name">For example <c>sched_switch</c>.</param>
[ProgramKind("tracepoint/{category}/{name}")]
public sealed class TracepointAttribute(string category, string name) : ProgramAttribute
{
    /// <summary>The group of tracepoints.</summary>
    public string Category => category;

    /// <summary>The tracepoint.</summary>
    public string Event => name;
}

/// <summary>A tracepoint with its bare arguments: <c>void M(RawTracepointContext)</c>. Kernel 4.17.</summary>
/// <param name="name">For example <c>sys_enter</c>.</param>
[ProgramKind("raw_tracepoint{Writable:.w}/{name}", Parameters = ProgramParameters.Array)]
public sealed class RawTracepointAttribute(string name) : ProgramAttribute
{
    /// <summary>The tracepoint.</summary>
    public string Event => name;

    /// <summary>The program writes to the tracepoint's buffer. Kernel 5.2.</summary>
    public bool Writable { get; set; }
}

/// <summary>A tracepoint with typed arguments: <c>void M(task_struct* p)</c>. Kernel 5.5, with BTF.</summary>
/// <param name="name">For example <c>sched_wakeup</c>.</param>
[ProgramKind("tp_btf/{name}", Parameters = ProgramParameters.Array)]
public sealed class BtfTracepointAttribute(string name) : ProgramAttribute
{
    /// <summary>The tracepoint.</summary>
    public string Event => name;
}

/// <summary>The entry of a kernel function: typed parameters (plain kernel addresses), or <see cref="RegistersContext"/>. Kernel 4.1.</summary>
/// <param name="function">The function; null where the link decides.</param>
[ProgramKind("kprobe[/{function}]", Parameters = ProgramParameters.Registers)]
public sealed class KprobeAttribute(string? function = null) : ProgramAttribute
{
    /// <summary>The function.</summary>
    public string? Function => function;
}

/// <summary>The return of a kernel function: its result as the parameter, or <see cref="RegistersContext"/>. Kernel 4.1.</summary>
/// <param name="function">The function; null where the link decides.</param>
[ProgramKind("kretprobe[/{function}]", Parameters = ProgramParameters.Result)]
public sealed class KretprobeAttribute(string? function = null) : ProgramAttribute
{
    /// <summary>The function.</summary>
    public string? Function => function;
}

/// <summary>The entries of many kernel functions by one link: typed parameters, or <see cref="RegistersContext"/>. Kernel 5.18.</summary>
/// <param name="pattern">A pattern with <c>*</c> and <c>?</c>; null where the link decides.</param>
[ProgramKind("kprobe.multi[/{pattern}]", Parameters = ProgramParameters.Registers)]
public sealed class KprobeMultiAttribute(string? pattern = null) : ProgramAttribute
{
    /// <summary>Which functions.</summary>
    public string? Pattern => pattern;
}

/// <summary>The returns of many kernel functions by one link. Kernel 5.18.</summary>
/// <param name="pattern">A pattern with <c>*</c> and <c>?</c>; null where the link decides.</param>
[ProgramKind("kretprobe.multi[/{pattern}]", Parameters = ProgramParameters.Result)]
public sealed class KretprobeMultiAttribute(string? pattern = null) : ProgramAttribute
{
    /// <summary>Which functions.</summary>
    public string? Pattern => pattern;
}

/// <summary>Entry and return of many kernel functions by one program, which returns 1 at the entry to be spared the return. Kernel 6.13.</summary>
/// <param name="pattern">A pattern with <c>*</c> and <c>?</c>.</param>
[ProgramKind("kprobe.session[/{pattern}]", Parameters = ProgramParameters.Registers)]
public sealed class KprobeSessionAttribute(string? pattern = null) : ProgramAttribute
{
    /// <summary>Which functions.</summary>
    public string? Pattern => pattern;
}

/// <summary>The entry of a kernel function through a trampoline: typed parameters, pointers are trusted. Kernel 5.5, with BTF.</summary>
/// <param name="function">The function; null where the load decides.</param>
[ProgramKind("fentry{Sleepable:.s}[/{function}]", Parameters = ProgramParameters.Array)]
public sealed class FentryAttribute(string? function = null) : ProgramAttribute
{
    /// <summary>The function.</summary>
    public string? Function => function;

    /// <summary>The program may sleep. Kernel 5.10.</summary>
    public bool Sleepable { get; set; }
}

/// <summary>The return of a kernel function through a trampoline: its parameters, then its result. Kernel 5.5, with BTF.</summary>
/// <param name="function">The function; null where the load decides.</param>
[ProgramKind("fexit{Sleepable:.s}[/{function}]", Parameters = ProgramParameters.Array)]
public sealed class FexitAttribute(string? function = null) : ProgramAttribute
{
    /// <summary>The function.</summary>
    public string? Function => function;

    /// <summary>The program may sleep. Kernel 5.10.</summary>
    public bool Sleepable { get; set; }
}

/// <summary>Replaces the result of a kernel function that allows it, if the program returns other than 0. Kernel 5.7.</summary>
/// <param name="function">The function.</param>
[ProgramKind("fmod_ret{Sleepable:.s}/{function}", Parameters = ProgramParameters.Array)]
public sealed class FmodRetAttribute(string function) : ProgramAttribute
{
    /// <summary>The function.</summary>
    public string Function => function;

    /// <summary>The program may sleep. Kernel 5.10.</summary>
    public bool Sleepable { get; set; }
}

/// <summary>Replaces a global function of a loaded program: same parameters, same result. Kernel 5.6.</summary>
/// <param name="function">The function.</param>
[ProgramKind("freplace/{function}", Parameters = ProgramParameters.Context)]
public sealed class FreplaceAttribute(string function) : ProgramAttribute
{
    /// <summary>The function.</summary>
    public string Function => function;
}

/// <summary>A security hook: typed parameters, result 0 or a negative <see cref="Errno"/>. Kernel 5.7. Aborted, it allows.</summary>
/// <param name="hook">For example <c>file_open</c>.</param>
[ProgramKind("lsm{Sleepable:.s}/{hook}", Parameters = ProgramParameters.Array)]
public sealed class LsmAttribute(string hook) : ProgramAttribute
{
    /// <summary>The hook.</summary>
    public string Hook => hook;

    /// <summary>The program may sleep. Kernel 5.10.</summary>
    public bool Sleepable { get; set; }
}

/// <summary>A security hook for processes of one cgroup: <see cref="CgroupVerdict"/>. Kernel 6.0.</summary>
/// <param name="hook">For example <c>socket_bind</c>.</param>
[ProgramKind("lsm_cgroup/{hook}", Parameters = ProgramParameters.Array, Abort = 1)]
public sealed class LsmCgroupAttribute(string hook) : ProgramAttribute
{
    /// <summary>The hook.</summary>
    public string Hook => hook;
}

/// <summary>The entry of a user function: typed parameters (user addresses), or <see cref="RegistersContext"/>. Kernel 4.1.</summary>
/// <param name="path">The executable or library; a bare name is looked up as the dynamic linker does; null where the link decides.</param>
/// <param name="symbol">The function, or function+offset.</param>
[ProgramKind("uprobe{Multi:.multi}{Sleepable:.s}[/{path}:{symbol}]", Parameters = ProgramParameters.Registers)]
public sealed class UprobeAttribute(string? path = null, string? symbol = null) : ProgramAttribute
{
    /// <summary>The file.</summary>
    public string? Path => path;

    /// <summary>The function.</summary>
    public string? Symbol => symbol;

    /// <summary>The program may sleep. Kernel 6.0.</summary>
    public bool Sleepable { get; set; }

    /// <summary>One link for all functions that the pattern in <see cref="Symbol"/> matches. Kernel 6.6.</summary>
    public bool Multi { get; set; }
}

/// <summary>The return of a user function: its result as the parameter, or <see cref="RegistersContext"/>. Kernel 4.1.</summary>
/// <param name="path">The executable or library; null where the link decides.</param>
/// <param name="symbol">The function.</param>
[ProgramKind("uretprobe{Multi:.multi}{Sleepable:.s}[/{path}:{symbol}]", Parameters = ProgramParameters.Result)]
public sealed class UretprobeAttribute(string? path = null, string? symbol = null) : ProgramAttribute
{
    /// <summary>The file.</summary>
    public string? Path => path;

    /// <summary>The function.</summary>
    public string? Symbol => symbol;

    /// <summary>The program may sleep. Kernel 6.0.</summary>
    public bool Sleepable { get; set; }

    /// <summary>One link for all functions that the pattern in <see cref="Symbol"/> matches. Kernel 6.6.</summary>
    public bool Multi { get; set; }
}

/// <summary>A static user-space probe: <c>void M(RegistersContext)</c>. Kernel 4.15.</summary>
/// <param name="path">The executable or library.</param>
/// <param name="provider">The provider of the probe's note.</param>
/// <param name="probe">The probe's name.</param>
[ProgramKind("usdt{Sleepable:.s}[/{path}:{provider}:{probe}]", Parameters = ProgramParameters.Usdt)]
public sealed class UsdtAttribute(string? path = null, string? provider = null, string? probe = null) : ProgramAttribute
{
    /// <summary>The file.</summary>
    public string? Path => path;

    /// <summary>The provider.</summary>
    public string? Provider => provider;

    /// <summary>The probe.</summary>
    public string? Probe => probe;

    /// <summary>The program may sleep. Kernel 6.0.</summary>
    public bool Sleepable { get; set; }
}

/// <summary>The entry of a system call by its name, whatever the kernel calls its function: user's arguments. Kernel 4.1.</summary>
/// <param name="name">For example <c>openat</c>.</param>
[ProgramKind("ksyscall[/{name}]", Parameters = ProgramParameters.Context)]
public sealed class KsyscallAttribute(string? name = null) : ProgramAttribute
{
    /// <summary>The system call.</summary>
    public string? Call => name;
}

/// <summary>A sample of a performance counter or timer: <c>void M(PerfEventContext)</c>. Kernel 4.9.</summary>
[ProgramKind("perf_event")]
public sealed class PerfEventAttribute : ProgramAttribute;

/// <summary>Walks over kernel objects and prints them: <c>int M(IteratorContext&lt;T&gt;)</c>. Kernel 5.8.</summary>
/// <param name="target">For example <c>task</c>, <c>task_file</c>, <c>bpf_map</c>.</param>
[ProgramKind("iter{Sleepable:.s}/{target}", Parameters = ProgramParameters.Context)]
public sealed class IterAttribute(string target) : ProgramAttribute
{
    /// <summary>What is walked over.</summary>
    public string Target => target;

    /// <summary>The program may sleep. Kernel 5.18.</summary>
    public bool Sleepable { get; set; }
}

/// <summary>A program that user space runs (<c>BPF_PROG_RUN</c>): <c>int M(void* memory)</c>; it may sleep. Kernel 5.14.</summary>
[ProgramKind("syscall")]
public sealed class SyscallAttribute : ProgramAttribute;

/// <summary>A function of a kernel operations table, for example of <c>tcp_congestion_ops</c>: typed parameters. Kernel 5.6.</summary>
/// <param name="member">The member of the table; by default the method's name.</param>
[ProgramKind("struct_ops{Sleepable:.s}[/{member}]", Parameters = ProgramParameters.Array)]
public sealed class StructOpsAttribute(string? member = null) : ProgramAttribute
{
    /// <summary>The member.</summary>
    public string? Member => member;

    /// <summary>The program may sleep. Kernel 6.3.</summary>
    public bool Sleepable { get; set; }
}

/// <summary>Decodes pulses of an infrared receiver: <c>int M(uint* sample)</c>. Kernel 4.18.</summary>
[ProgramKind("lirc_mode2")]
public sealed class LircMode2Attribute : ProgramAttribute;
