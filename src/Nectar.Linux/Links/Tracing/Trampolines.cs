// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// Programs that said at load which function or tracepoint of the kernel they are for: fentry, fexit, fmod_ret, tp_btf (kernel
/// 5.5) and LSM hooks (5.7).
/// </summary>
public static unsafe class Trampolines
{
    private static readonly Version s_cookieKernel = new(6, 0), s_tracepointCookieKernel = new(6, 10);

    /// <summary>Attaches a program to what it was loaded for.</summary>
    /// <param name="program">A program of type <c>Tracing</c> (but no iterator) or <c>Lsm</c> (but not of cgroups).</param>
    /// <param name="cookie">What the program gets from <c>bpf_get_attach_cookie</c> (kernel 6.0; tp_btf 6.10; not for LSM); 0 for none.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4105).</exception>
    public static BpfLink Attach(KernelProgram program, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        string target = Describe(program);
        Errno errno;
        KernelLink? link;
        if (cookie == 0)
        {
            errno = RawTracepoints.TryOpen(program, null, 0, target, out link);
            return errno == Errno.None ? link! : throw Refuse(program, target, "bpf(BPF_RAW_TRACEPOINT_OPEN)", errno);
        }

        LinkCreateAttributes attributes = new() { TracingCookie = cookie };
        errno = KernelLink.TryCreate(program, program.ExpectedAttachType ?? AttachType.TraceFentry, ref attributes, target, out link);
        if (errno == Errno.None) return link!;
        if (errno == Errno.EINVAL && RawTracepoints.TryOpen(program, null, 0, target, out link) == Errno.None)
        {
            link!.Dispose();
            throw new FeatureMissingException(Diagnostic.Error(TracingCodes.MissingHook, $"program '{program.Name}': attach it to {target}: this kernel has no cookies for this hook", "note: kernel 6.0 brought them for fentry, fexit and fmod_ret, kernel 6.10 for tp_btf"),
                errno, "bpf(BPF_LINK_CREATE)", "cookies of tracing links", program.ExpectedAttachType == AttachType.TraceRawTp ? s_tracepointCookieKernel : s_cookieKernel);
        }

        throw Refuse(program, target, "bpf(BPF_LINK_CREATE)", errno);
    }

    /// <summary>Attaches a program of attach type <see cref="AttachType.LsmCgroup"/> to a cgroup (kernel 6.0).</summary>
    /// <param name="program">The program.</param>
    /// <param name="cgroup">An open descriptor of the cgroup's folder.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4105).</exception>
    public static BpfLink AttachToCgroup(KernelProgram program, KernelHandle cgroup)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(cgroup);
        LinkCreateAttributes attributes = new() { TargetFdOrInterface = (uint)cgroup.Fd };
        string target = Describe(program) + " of a cgroup";
        Errno errno = KernelLink.TryCreate(program, AttachType.LsmCgroup, ref attributes, target, out KernelLink? link);
        GC.KeepAlive(cgroup);
        return errno == Errno.None ? link! : throw Refuse(program, target, "bpf(BPF_LINK_CREATE)", errno);
    }

    /// <summary>As the other overload, by the cgroup's path.</summary>
    /// <exception cref="KernelException">There is no such cgroup, or the kernel refuses (NEC4105).</exception>
    public static BpfLink AttachToCgroup(KernelProgram program, string cgroupPath)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(cgroupPath);
        int fd = Libc.Open(cgroupPath, Libc.OReadOnly | Libc.OCloseOnExec);
        if (fd < 0) throw Refusal.Make(TracingCodes.Trampoline, $"cgroup '{cgroupPath}'", "open", "open", Libc.LastErrno);
        using KernelHandle cgroup = new(fd);
        return AttachToCgroup(program, cgroup);
    }

    /// <summary>
    /// Puts a program of type <see cref="ProgramType.Ext"/> in the place of a function of another program (freplace; kernel 5.6),
    /// until the link is disposed.
    /// </summary>
    /// <param name="program">The program, loaded for a global function of <paramref name="target"/> or one with the same prototype.</param>
    /// <param name="target">The program whose function is replaced; null for the one that it was loaded for.</param>
    /// <param name="functionTypeId">The FUNC in the target's types; 0 for the one that it was loaded for.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4105).</exception>
    public static BpfLink Replace(KernelProgram program, KernelProgram? target = null, uint functionTypeId = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        string words = target is null ? "the function that it replaces" : $"a function of program '{target.Name}'";
        Errno errno;
        KernelLink? link;
        if (target is null || functionTypeId == 0)
        {
            errno = RawTracepoints.TryOpen(program, null, 0, words, out link);
            return errno == Errno.None ? link! : throw Refuse(program, words, "bpf(BPF_RAW_TRACEPOINT_OPEN)", errno);
        }

        LinkCreateAttributes attributes = new() { TargetFdOrInterface = (uint)target.Fd, TargetBtfId = functionTypeId };
        errno = KernelLink.TryCreate(program, AttachType.CgroupInetIngress, ref attributes, words, out link); // the attach type must be 0
        GC.KeepAlive(target);
        return errno == Errno.None ? link! : throw Refuse(program, words, "bpf(BPF_LINK_CREATE)", errno);
    }

    private static string Describe(KernelProgram program)
    {
        string kind = program.ExpectedAttachType switch
        {
            AttachType.TraceFentry => "fentry",
            AttachType.TraceFexit => "fexit",
            AttachType.ModifyReturn => "fmod_ret",
            AttachType.TraceRawTp => "tp_btf",
            AttachType.TraceFsession => "fsession",
            AttachType.LsmMac or AttachType.LsmCgroup => "lsm",
            _ => program.Type.ToString(),
        };
        return program.Definition?.AttachTarget is { Length: > 0 } function ? $"{kind} {function}" : kind;
    }

    private static KernelException Refuse(KernelProgram program, string target, string call, Errno errno) =>
        Refusal.Make(TracingCodes.Trampoline, $"program '{program.Name}'", $"attach it to {target}", call, errno, errno switch
        {
            Errno.EBUSY => ["note: something else is at the function already: another program in its place, live patching, or as many programs as a function takes (38)"],
            Errno.EINVAL => ["note: the program was not loaded for this function, or its prototype differs"],
            Errno.ENOTSUPP or Errno.EOPNOTSUPP => ["note: this architecture or configuration has no BTF trampolines (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)"],
            _ => [],
        });
}
