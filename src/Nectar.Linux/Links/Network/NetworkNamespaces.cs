// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// Programs of a whole network namespace: socket lookup (several, in the order of attaching) and the flow dissector (one).
/// </summary>
public static class NetworkNamespaces
{
    private const string OwnNamespace = "/proc/thread-self/ns/net";

    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.EEXIST, "help: the namespace has a flow dissector already; or, for another one than the initial namespace, the initial one has"),
        (Errno.EBUSY, "help: a flow dissector was attached without a link; detach that one first"),
        (Errno.E2BIG, "note: the namespace has as many socket lookup programs as it may have (64)"),
        (Errno.EPERM, "help: needs CAP_NET_ADMIN and CAP_BPF"),
    ];

    /// <summary>Attaches a program to a network namespace.</summary>
    /// <param name="program">A program of type SkLookup (kernel 5.9) or FlowDissector (kernel 5.8).</param>
    /// <param name="path">The namespace as a file: <c>/proc/PID/ns/net</c>, <c>/run/netns/NAME</c>; null for that of this thread.</param>
    /// <exception cref="KernelException">The kernel refuses, or there is no such namespace (NEC4207); the program has another type (NEC4212).</exception>
    public static KernelLink Attach(KernelProgram program, string? path = null)
    {
        HookPrograms.Require(program, "a network namespace", ProgramType.SkLookup, ProgramType.FlowDissector);
        string hook = $"{(program.Type == ProgramType.SkLookup ? "sk_lookup" : "flow_dissector")} of {Describe(path)}";
        using KernelHandle handle = Open(path);
        LinkCreateAttributes attributes = new() { TargetFdOrInterface = (uint)handle.Fd };
        Errno errno = KernelLink.TryCreate(program, program.Type == ProgramType.SkLookup ? AttachType.SkLookup : AttachType.FlowDissector, ref attributes, hook, out KernelLink? link);
        return errno == Errno.None ? link! : throw HookPrograms.Refuse(NetworkCodes.Namespace, program, hook, "bpf(BPF_LINK_CREATE)", errno, s_meanings);
    }

    /// <summary>The programs of a network namespace.</summary>
    /// <param name="hook"><see cref="AttachType.SkLookup"/> or <see cref="AttachType.FlowDissector"/>.</param>
    /// <param name="path">As for <see cref="Attach"/>.</param>
    /// <exception cref="KernelException">There is no such namespace (NEC4207), or the kernel does not have the hook (NEC4214).</exception>
    public static AttachedPrograms Query(AttachType hook, string? path = null)
    {
        using KernelHandle handle = Open(path);
        return AttachedPrograms.Query(handle.Fd, hook, $"{hook} of {Describe(path)}");
    }

    private static string Describe(string? path) => path is null ? "this network namespace" : $"network namespace '{path}'";

    private static KernelHandle Open(string? path)
    {
        KernelHandle handle = new(Libc.Open(path ?? OwnNamespace, Libc.OReadOnly | Libc.OCloseOnExec));
        return handle.IsInvalid ? throw Refusal.Make(NetworkCodes.Namespace, Describe(path), "open it", "open", Libc.LastErrno) : handle;
    }
}
