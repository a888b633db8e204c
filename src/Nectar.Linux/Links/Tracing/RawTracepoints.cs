// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// Static tracepoints with the arguments as the kernel's code passes them, which costs less than <see cref="Tracepoints"/>. The
/// attachment is a bpf_link from kernel 5.8 on, and a descriptor without that comfort before.
/// </summary>
public static unsafe class RawTracepoints
{
    private static readonly Version s_cookieKernel = new(6, 10);

    /// <summary>Attaches a program of type <c>RawTracepoint</c> or <c>RawTracepointWritable</c> (kernels 4.17 and 5.2).</summary>
    /// <param name="program">The program.</param>
    /// <param name="name">The tracepoint without a category: <c>sched_switch</c>, <c>sys_enter</c>.</param>
    /// <param name="cookie">What the program gets from <c>bpf_get_attach_cookie</c> (kernel 6.10); 0 for none.</param>
    /// <exception cref="KernelException">There is no such tracepoint, or the program does not suit it (NEC4101).</exception>
    public static BpfLink Attach(KernelProgram program, string name, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(name);
        string target = $"raw tracepoint {name}";
        fixed (byte* text = Encoding.UTF8.GetBytes(name + "\0"))
        {
            Errno errno = TryOpen(program, text, cookie, target, out KernelLink? link);
            if (errno == Errno.None) return link!;
            if (errno == Errno.EINVAL && cookie != 0 && TryOpen(program, text, 0, target, out link) == Errno.None)
            {
                link!.Dispose();
                throw new FeatureMissingException(Diagnostic.Error(TracingCodes.MissingHook, $"program '{program.Name}': attach it to {target}: this kernel has no cookies for raw tracepoints", "note: kernel 6.10 brought them"),
                    errno, "bpf(BPF_RAW_TRACEPOINT_OPEN)", "cookies of raw tracepoints", s_cookieKernel);
            }

            throw Refusal.Make(TracingCodes.Tracepoint, $"program '{program.Name}'", $"attach it to {target}", "bpf(BPF_RAW_TRACEPOINT_OPEN)", errno, errno switch
            {
                Errno.ENOENT => NearestNames.Help(name, Names()),
                Errno.EINVAL => ["note: the program reads more arguments than the tracepoint has, or writes where it may not"],
                _ => [],
            });
        }
    }

    /// <summary>The names of all raw tracepoints, from the kernel's types; none where it has no BTF.</summary>
    public static IEnumerable<string> Names()
    {
        const string Prefix = "btf_trace_";
        if (KernelBtf.Running.TryVmlinux is not { } types) yield break;
        for (uint id = 1; id < types.Count; id++)
        {
            if (types[id].Kind == BtfKind.Typedef && types[id].NameUtf8.StartsWith("btf_trace_"u8)) yield return types[id].Name[Prefix.Length..];
        }
    }

    /// <summary>Attaches a program that says in its types where it belongs (name null), or a raw tracepoint.</summary>
    internal static Errno TryOpen(KernelProgram program, byte* name, ulong cookie, string target, out KernelLink? link)
    {
        RawTracepointAttributes attributes = new() { Name = (ulong)name, ProgramFd = (uint)program.Fd, Cookie = cookie };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.RawTracepointOpen, ref attributes, out KernelHandle? handle);
        GC.KeepAlive(program);
        link = errno == Errno.None ? new KernelLink(handle!, target) : null;
        return errno;
    }
}
