// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.GuestTests.Harness;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Runtime;

namespace Nectar.GuestTests.Tests;

/// <summary>Scripts in bpftrace's language on hooks that some kernels lack: compiled here, run, and what they print.</summary>
internal static class ScriptTests
{
    private const string Getsid = KprobeTests.Function, Arguments = "(struct pt_regs *)arg0";

    internal static readonly GuestTest[] All =
    [
        new("script/kprobe", () => Prints($"kprobe:{Getsid} /pid == $1/ {{ @[func] = count(); @di = ({Arguments}).di; }}", $"@[{Getsid}]: 5", "@di: 12345"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_by_short_name", () => Prints($"k:{Getsid} /pid == $1/ {{ @ = count(); }}", "@: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_with_offset", () => Prints($"kprobe:{Getsid}+0 /pid == $1/ {{ @ = count(); }}", "@: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_with_module", () => Prints($"kprobe:vmlinux:{Getsid} /pid == $1/ {{ @ = count(); }}", "@: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_wildcard", () => Prints("kprobe:__x64_sys_gets*d /pid == $1/ { @[probe] = count(); }", $"@[kprobe:{Getsid}]: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_many", () => Prints("kprobe:__x64_sys_get* /pid == $1/ { @[probe] = count(); }", $"@[kprobe:{Getsid}]: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_function_of_a_module", () => Prints("kprobe:veth:veth_* { @ = count(); } begin { printf(\"attached\"); }", "attached"), Needs.Root, Needs.Kprobes, Needs.Module("veth")),
        new("script/kretprobe", () => Prints($"kretprobe:{Getsid} /pid == $1/ {{ @[(int32)retval] = count(); }}", "@[-3]: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_to_kretprobe", () => Prints($"kprobe:{Getsid} /pid == $1/ {{ @since[tid] = nsecs; }} kretprobe:{Getsid} /has_key(@since, tid)/ {{ @n = count(); delete(@since, tid); }}", "@n: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_kernel_stack", () => Prints($"kprobe:{Getsid} /pid == $1/ {{ @[kstack] = count(); }}", "do_syscall_64"), Needs.Root, Needs.Kprobes),
        new("script/fentry", () => Prints($"fentry:{Getsid} /pid == $1/ {{ @[func] = count(); @di = args.regs.di; }}", $"@[{Getsid}]: 5", "@di: 12345"), Needs.Root, Needs.Trampolines),
        new("script/fentry_named_by_its_module", () => Prints($"fentry:vmlinux:{Getsid} /pid == $1/ {{ @ = count(); }}", "@: 5"), Needs.Root, Needs.Trampolines),
        new("script/fexit", () => Prints($"fexit:{Getsid} /pid == $1/ {{ @[(int64)retval, args.regs.di] = count(); }}", "-3", "12345"), Needs.Root, Needs.Trampolines),
        new("script/fentry_kernel_stack", () => Prints($"fentry:{Getsid} /pid == $1/ {{ @[kstack] = count(); }}", "do_syscall_64"), Needs.Root, Needs.Trampolines),
        new("script/fentry_arguments_of_the_kernels_types", () => Prints("fentry:vfs_read /pid == $1/ { @[str(args.file.f_path.dentry.d_name.name)] = count(); }", "@[osrelease]"), Needs.Root, Needs.Trampolines),
        new("script/kprobe_vfs", () => Prints("kprobe:vfs_read /pid == $1/ { @[str(((struct file *)arg0).f_path.dentry.d_name.name)] = count(); }", "@[osrelease]"), Needs.Root, Needs.Kprobes),
        new("script/rawtracepoint", () => Prints("rawtracepoint:sys_enter /pid == $1 && arg1 == 124/ { @ = count(); }", "@: 5"), Needs.Root),
        new("script/tracepoint", () => Prints("tracepoint:syscalls:sys_enter_getsid /pid == $1/ { @[args.pid] = count(); }", "@[12345]: 5"), Needs.Root),
        new("script/fallback_kprobe_to_fentry", () => Falls(FallbackKind.Fentry, "attached as fentry:", $"kprobe:{Getsid} /pid == $1/ {{ @[func, probe] = count(); @di = ({Arguments}).di; }}", $"@[({Getsid}, kprobe:{Getsid})]: 5", "@di: 12345"), Needs.Root, Needs.Trampolines),
        new("script/fallback_kretprobe_to_fexit", () => Falls(FallbackKind.Fentry, "attached as fexit:", $"kretprobe:{Getsid} /pid == $1/ {{ @[(int32)retval] = count(); }}", "@[-3]: 5"), Needs.Root, Needs.Trampolines),
        new("script/fallback_kprobes_to_fentry_by_wildcard", () => Falls(FallbackKind.Fentry, "attached as fentry:", $"kprobe:__x64_sys_gets*d /pid == $1/ {{ @[probe] = count(); }}", $"@[kprobe:{Getsid}]: 5"), Needs.Root, Needs.Trampolines),
        new("script/fallback_kprobe_arguments_to_fentry", () => Falls(FallbackKind.Fentry, "attached as fentry:", "kprobe:vfs_read /pid == $1/ { @[str(((struct file *)arg0).f_path.dentry.d_name.name)] = count(); }", "@[osrelease]"), Needs.Root, Needs.Trampolines),
        new("script/fallback_fentry_to_kprobe", () => Falls(FallbackKind.Kprobe, "attached as kprobe:", $"fentry:{Getsid} /pid == $1/ {{ @[func] = count(); @di = args.regs.di; }}", $"@[{Getsid}]: 5", "@di: 12345"), Needs.Root, Needs.Kprobes),
        new("script/fallback_fexit_to_kretprobe", () => Falls(FallbackKind.Kprobe, "attached as kretprobe:", $"fexit:{Getsid} /pid == $1/ {{ @[(int32)retval] = count(); }}", "@[-3]: 5"), Needs.Root, Needs.Kprobes),
        new("script/fallback_fentry_arguments_to_kprobe", () => Falls(FallbackKind.Kprobe, "attached as kprobe:", "fentry:vfs_read /pid == $1/ { @[str(args.file.f_path.dentry.d_name.name)] = count(); }", "@[osrelease]"), Needs.Root, Needs.Kprobes),
        new("script/fallback_kprobe_to_system_call", () => Falls(FallbackKind.Tracepoint, "attached as tracepoint:syscalls:sys_enter_getsid", $"kprobe:{Getsid} /pid == $1/ {{ @ = count(); @di = ({Arguments}).di; }}", "@: 5", "@di: 12345"), Needs.Root),
        new("script/fallback_registers_stay_kprobes", () => Falls(FallbackKind.Fentry, "", $"kprobe:{Getsid} /pid == $1/ {{ @[reg(\"ip\") == (uint64)kaddr(\"{Getsid}\") || reg(\"ip\") > 0] = count(); }}", "5"), Needs.Root, Needs.Kprobes),
        new("script/fentry_of_a_program", OfAProgram, Needs.Root, Needs.Trampolines),
    ];

    private static void Prints(string script, params string[] expected) => ScriptRun.Prints(script, expected);

    /// <summary>The same with hooks of one kind in the place of others; <paramref name="note"/> has to be in what is said of them.</summary>
    private static void Falls(FallbackKind fallback, string note, string script, params string[] expected) => ScriptRun.Prints(script, expected, fallback, session =>
    {
        if (note.Length > 0) Check.Contains(note, string.Join('\n', session.HookNotes));
        ScriptRun.Work();
    });

    /// <summary>fentry at a program of another script.</summary>
    private static void OfAProgram()
    {
        using TraceSession traced = TraceSession.Start($"rawtracepoint:sys_enter /pid == {Environment.ProcessId} && arg1 == 124/ {{ @ = count(); }}");
        Prints("fentry:bpf:rawtracepoint_*sys_enter_1 { @n = count(); } fexit:bpf:rawtracepoint_*sys_enter_1 { @m = count(); }", "@n: ", "@m: ");
    }
}
