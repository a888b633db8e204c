// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>
/// Attaches and detaches without a link (<c>BPF_PROG_ATTACH</c>, <c>BPF_PROG_DETACH</c>): what stays when the process that did it ends, as
/// commands need it.
/// </summary>
public static class HookAttachments
{
    /// <summary>Attaches a program; it stays until it is detached or its target goes.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">A descriptor of a cgroup, map or namespace, or the number of an interface.</param>
    /// <param name="type">Where.</param>
    /// <param name="flags">The kernel's flags of the hook.</param>
    /// <param name="hook">The hook in words.</param>
    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel refuses (NEC4706).</exception>
    public static void Attach(KernelProgram program, int target, AttachType type, uint flags, string hook)
    {
        ArgumentNullException.ThrowIfNull(program);
        ProgramAttachAttributes attributes = new() { TargetFdOrInterface = (uint)target, ProgramFd = (uint)program.Fd, AttachType = (uint)type, AttachFlags = flags };
        Call(BpfCommand.ProgAttach, ref attributes, program, "attach it to " + hook, "bpf(BPF_PROG_ATTACH)");
    }

    /// <summary>Detaches a program that was attached without a link.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel refuses (NEC4706).</exception>
    public static void Detach(KernelProgram program, int target, AttachType type, string hook)
    {
        ArgumentNullException.ThrowIfNull(program);
        ProgramAttachAttributes attributes = new() { TargetFdOrInterface = (uint)target, ProgramFd = (uint)program.Fd, AttachType = (uint)type };
        Call(BpfCommand.ProgDetach, ref attributes, program, "detach it from " + hook, "bpf(BPF_PROG_DETACH)");
    }

    private static void Call(BpfCommand command, ref ProgramAttachAttributes attributes, KernelProgram program, string tried, string call)
    {
        Errno errno = BpfSyscall.Try(command, ref attributes);
        GC.KeepAlive(program);
        if (errno == Errno.None) return;
        string advice = errno switch
        {
            Errno.ENOENT => "help: it is not attached there, or by a link: 'nectar link list' shows links, 'nectar link detach' takes them off",
            Errno.EEXIST => "note: it is attached there already",
            Errno.EPERM => "help: needs CAP_NET_ADMIN and CAP_BPF; or another program there does not allow a second one",
            Errno.EINVAL => string.Create(CultureInfo.InvariantCulture, $"note: a program of type {KindNames.Of(program.Type)} may not suit this hook, or the kernel does not have it"),
            Errno.EBUSY => "note: the hook has a program already",
            _ => "note: see bpf(2)",
        };
        throw Refusal.Make(InspectionCodes.Hook, $"program '{program.Name}'", tried, call, errno, advice);
    }
}
