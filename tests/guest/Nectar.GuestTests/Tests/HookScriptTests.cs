// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.GuestTests.Harness;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Runtime;

namespace Nectar.GuestTests.Tests;

/// <summary>Scripts on what is rarer among hooks: offsets, modules, iterators, breakpoints, functions of libraries by pattern.</summary>
internal static class HookScriptTests
{
    private const string Getsid = KprobeTests.Function;

    internal static readonly GuestTest[] All =
    [
        new("script/kprobe_behind_the_first_instructions", () => Prints($"kprobe:{Getsid}+{EntrySize} /pid == $1/ {{ @ = count(); }}", "@: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_in_an_instruction", () => ScriptRun.Refused($"kprobe:{Getsid}+{EntrySize - 1} {{ @ = count(); }}", "middle of an instruction"), Needs.Root, Needs.Kprobes),
        new("script/kretprobe_wildcard", () => Prints("kretprobe:__x64_sys_gets*d /pid == $1/ { @[probe, (int32)retval] = count(); }", $"@[(kretprobe:{Getsid}, -3)]: 5"), Needs.Root, Needs.Kprobes),
        new("script/kretprobe_many", () => Prints("kretprobe:__x64_sys_get* /pid == $1/ { @[probe] = count(); }", $"@[kretprobe:{Getsid}]: 5"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_user_stack", () => Prints($"kprobe:{Getsid} /pid == $1/ {{ @[ustack(2)] = count(); }}", "getsid"), Needs.Root, Needs.Kprobes),
        new("script/kprobe_and_kretprobe_in_one_program", () => Prints($"kprobe:{Getsid} /pid == $1/ {{ @[\"in\", probe, arg0 != 0] = count(); }} kretprobe:{Getsid} /pid == $1/ {{ @[\"out\", probe, retval == -3] = count(); }}", $"@[(in, kprobe:{Getsid}, true)]: 5", $"@[(out, kretprobe:{Getsid}, true)]: 5"), Needs.Root, Needs.Kprobes),
        new("script/name_of_a_process_is_one_key", () => Prints($"kprobe:{Getsid} /pid == $1 && comm == comm()/ {{ @x = (-1, -1); $n = (uint64)-1; @[comm] = count(); }}", "]: 5"), Needs.Root, Needs.Kprobes),
        new("script/fexit_arguments_of_the_kernels_types", () => Prints("fexit:vfs_read /pid == $1 && retval > 0/ { @[str(args.file.f_path.dentry.d_name.name), args.count > 0] = count(); }", "osrelease"), Needs.Root, Needs.Trampolines),
        new("script/fentry_wildcard", () => Prints("fentry:__x64_sys_gets*d /pid == $1/ { @[func] = count(); }", $"@[{Getsid}]: 5"), Needs.Root, Needs.Trampolines),
        new("script/fentry_function_of_a_module", ModuleFunction, Needs.Root, Needs.Trampolines, Needs.ModuleBtf("veth")),
        new("script/fentry_path", () => Prints("fentry:security_file_open /pid == $1/ { @[path(args.file.f_path)] = count(); }", "@[/proc/sys/kernel/osrelease]"), Needs.Root, Needs.Trampolines),
        new("script/override", Overrides, Needs.Root, Needs.Kprobes, Needs.Config("BPF_KPROBE_OVERRIDE")),
        new("script/override_needs_a_kernel_that_has_it", () => ScriptRun.Refused($"kprobe:{Getsid} /pid == $1/ {{ override(-13); }}", "override"), Needs.Root, Needs.Kprobes, Needs.ConfigOff("BPF_KPROBE_OVERRIDE")),
        new("script/path_where_the_kernel_does_not_allow_it", () => ScriptRun.Refused("fentry:vfs_read { print(path(args.file.f_path)); }", "helper bpf_d_path not allowed in probe"), Needs.Root, Needs.Trampolines),
        new("script/iter_task", () => Walks("iter:task { @[ctx.task.pid == $1 ? \"we\" : \"others\"] = count(); }", "@[we]: ", "@[others]: "), Needs.Root, Needs.Trampolines),
        new("script/iter_task_file", () => Walks("iter:task_file { if (ctx.task.tgid == $1) { @[str(ctx.file.f_path.dentry.d_name.name)] = count(); } }", "console"), Needs.Root, Needs.Trampolines, Needs.GuestOnly),
        new("script/iter_task_vma", () => Walks("iter:task_vma { if (ctx.task.tgid == $1 && (uint64)ctx.vma.vm_file != 0) { @[str(ctx.vma.vm_file.f_path.dentry.d_name.name)] = count(); } }", "libc"), Needs.Root, Needs.Trampolines),
        new("script/watchpoint", Watchpoint, Needs.Root),
        new("script/uprobe_wildcard", () => Prints($"uprobe:{Harness.Native.Libc}:getsi* /pid == $1/ {{ @[func, arg0] = count(); }}", "@[(getsid, 12345)]: 5"), Needs.Root),
        new("script/uretprobe_wildcard", () => Prints($"uretprobe:{Harness.Native.Libc}:getsi* /pid == $1/ {{ @[func, (int32)retval] = count(); }}", "@[(getsid, -1)]: 5"), Needs.Root),
        new("script/kprobe_of_every_function_is_too_many", () => ScriptRun.Refused("kprobe:* { @ = count(); }", "exceeds the current limit of 1024 probes"), Needs.Root, Needs.Kprobes),
        new("script/uprobe_stacks", () => Prints($"uprobe:{Harness.Native.Libc}:getsid /pid == $1/ {{ @[ustack(1)] = count(); }}", "getsid"), Needs.Root),
    ];

    /// <summary>Behind the mark for indirect branches and the call of ftrace, with which functions begin.</summary>
    private static int EntrySize => Needs.IsConfigured("X86_KERNEL_IBT") ? 9 : 5;

    private static void Prints(string script, params string[] expected) => ScriptRun.Prints(script, expected);

    private static void Prints(string script, Action<TraceSession> work, params string[] expected) => ScriptRun.Prints(script, expected, FallbackKind.Off, work);

    /// <summary>Iterators end when all is walked over.</summary>
    private static void Walks(string script, params string[] expected) => Prints(script, session => session.Completion.Wait(), expected);

    private static void Overrides() => Prints($"kprobe:{Getsid} /pid == $1/ {{ override(-13); @ = count(); }}", _ =>
    {
        Check.Equal(-1, Harness.Native.GetSid(0));
        Check.Equal(13, Marshal.GetLastPInvokeError());
    }, "@: 1");

    private static void ModuleFunction()
    {
        using VethPair pair = VethPair.Create();
        Prints("fentry:veth:veth_xmit { @[str(args.dev.name), args.skb.len > 0] = count(); }", _ => pair.Send(), pair.Name);
    }

    /// <summary>A breakpoint of the processor, which QEMU has as well.</summary>
    private static unsafe void Watchpoint()
    {
        ulong* place = (ulong*)NativeMemory.AlignedAlloc(8, 8);
        try
        {
            string address = ((ulong)place).ToString("x");
            Prints($"watchpoint:0x{address}:8:w /pid == $1/ {{ @ = count(); }}", _ =>
            {
                for (ulong i = 0; i < ScriptRun.Calls; i++) Volatile.Write(ref *place, i);
            }, "@: 5");
        }
        finally
        {
            NativeMemory.AlignedFree(place);
        }
    }
}
