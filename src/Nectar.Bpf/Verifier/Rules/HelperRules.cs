// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>Whether a program may call a helper, before anything is said about arguments.</summary>
/// <param name="Denial">Why not.</param>
/// <param name="Variant">Which prototype it gets.</param>
/// <param name="Since">The first kernel that lets such programs call it.</param>
internal readonly record struct HelperAccess(RuleDenial Denial, HelperVariant Variant, KernelVersion Since);

/// <summary>Decides over the rows of <see cref="HelperSets"/>.</summary>
internal static class HelperRules
{
    private static readonly int s_getStack = HelperNames.IdOf("bpf_get_stack"), s_getTaskStack = HelperNames.IdOf("bpf_get_task_stack"), s_getFuncIp = HelperNames.IdOf("bpf_get_func_ip");

    // Helper, variant, the types of program that get it.
    private static readonly (int Helper, HelperVariant Variant, ProgramType[] Types)[] s_variants =
    [
        (HelperNames.IdOf("bpf_get_socket_cookie"), HelperVariant.SocketCookie, [ProgramType.Tracing, ProgramType.Lsm, ProgramType.Syscall, ProgramType.SkReuseport]),
        (HelperNames.IdOf("bpf_setsockopt"), HelperVariant.ContextSetOption, [ProgramType.CgroupSockAddr, ProgramType.SockOps]),
        (HelperNames.IdOf("bpf_getsockopt"), HelperVariant.ContextGetOption, [ProgramType.CgroupSockAddr, ProgramType.SockOps]),
        (HelperNames.IdOf("bpf_sk_assign"), HelperVariant.LookupAssign, [ProgramType.SkLookup]),
        (HelperNames.IdOf("bpf_sk_storage_get"), HelperVariant.ContextStorage, [ProgramType.CgroupSock]),
        (HelperNames.IdOf("bpf_sk_storage_get"), HelperVariant.TracedStorage, [ProgramType.Tracing, ProgramType.Syscall]),
        (HelperNames.IdOf("bpf_sk_storage_delete"), HelperVariant.TracedStorageDelete, [ProgramType.Tracing, ProgramType.Syscall]),
        (HelperNames.IdOf("bpf_xdp_get_buff_len"), HelperVariant.TracedFrameLength, [ProgramType.Tracing, ProgramType.Lsm, ProgramType.Syscall]),
        (HelperNames.IdOf("bpf_get_stackid"), HelperVariant.EventStackId, [ProgramType.PerfEvent]),
    ];

    private static readonly ProgramType[] s_packetClassId =
        [ProgramType.SchedCls, ProgramType.SchedAct, ProgramType.LwtIn, ProgramType.LwtOut, ProgramType.LwtXmit, ProgramType.LwtSeg6local];

    private static readonly int s_getClassId = HelperNames.IdOf("bpf_get_cgroup_classid");

    // Hooks of cgroups whose return value goes to nobody.
    private static readonly AttachType[] s_noReturnValue =
    [
        AttachType.CgroupInetIngress, AttachType.CgroupInetEgress, AttachType.CgroupSockOps, AttachType.CgroupUdp4RecvMsg, AttachType.CgroupUdp6RecvMsg,
        AttachType.CgroupUnixRecvMsg, AttachType.CgroupInet4GetPeerName, AttachType.CgroupInet6GetPeerName, AttachType.CgroupUnixGetPeerName,
        AttachType.CgroupInet4GetSockName, AttachType.CgroupInet6GetSockName, AttachType.CgroupUnixGetSockName,
    ];

    private static readonly string[] s_socketHooks =
        ["sock_graft", "inet_csk_clone", "inet_conn_established", "socket_post_create", "socket_socketpair"];

    private static readonly string[] s_pathFunctions =
    [
        "security_file_permission", "security_inode_getattr", "security_file_open", "security_path_truncate", "vfs_truncate", "vfs_fallocate", "dentry_open",
        "vfs_getattr", "filp_close",
    ];

    /// <summary>Checks the number against the program and its kernel.</summary>
    internal static HelperAccess Check(int helper, in ProgramTraits program)
    {
        KernelVersion since = HelperSince.Find(helper, program.Type);
        ReadOnlySpan<byte> table = HelperSets.For(program.Type, program.Target);
        HelperCondition condition = helper > 0 && helper < table.Length ? (HelperCondition)table[helper] : HelperCondition.Never;
        if (program.Kernel < HelperSince.Find(helper)) return new HelperAccess(RuleDenial.TooOld, 0, HelperSince.Find(helper));
        if (condition == HelperCondition.Never) return new HelperAccess(RuleDenial.ProgramType, 0, default);
        if (program.Kernel < since) return new HelperAccess(RuleDenial.TooOld, 0, since);
        RuleDenial denial = condition switch
        {
            HelperCondition.Bpf when !program.HasBpf => RuleDenial.Capability,
            HelperCondition.Perfmon when !program.HasPerfmon || !program.HasBpf => RuleDenial.Capability,
            _ => IsMet(condition, program) ? RuleDenial.None : RuleDenial.AttachType,
        };
        return new HelperAccess(denial, VariantOf(helper, program), since);
    }

    private static bool IsMet(HelperCondition condition, in ProgramTraits program) => condition switch
    {
        HelperCondition.ReturnValue => Array.IndexOf(s_noReturnValue, program.EffectiveAttach) < 0,
        HelperCondition.SetSockOpt => program.EffectiveAttach == AttachType.CgroupSetSockOpt,
        HelperCondition.Connect => program.EffectiveAttach is AttachType.CgroupInet4Connect or AttachType.CgroupInet6Connect,
        HelperCondition.Iterator => program.EffectiveAttach == AttachType.TraceIter,
        HelperCondition.Trampoline => HasTrampoline(program),
        HelperCondition.TrampolineOrTracepoint => HasTrampoline(program) || (program.Type == ProgramType.Tracing && program.EffectiveAttach == AttachType.TraceRawTp),
        HelperCondition.SocketIterator => program.EffectiveAttach == AttachType.TraceIter && program.Target is "bpf_iter_tcp" or "bpf_iter_unix" or "tcp" or "unix",
        HelperCondition.SocketHook => program.EffectiveAttach == AttachType.LsmCgroup && Array.IndexOf(s_socketHooks, Hook(program.Target)) >= 0,
        HelperCondition.NotRelease => program.Target is not "tcp_congestion_ops.release",
        HelperCondition.Path => program.EffectiveAttach == AttachType.TraceIter || Array.IndexOf(s_pathFunctions, program.Target) >= 0,
        HelperCondition.SleepableHook => SecurityHooks.MaySleep(Hook(program.Target)),
        HelperCondition.CgroupHook => program.EffectiveAttach == AttachType.LsmCgroup,
        HelperCondition.TracedStorage => program.Type == ProgramType.Tracing && (program.EffectiveAttach is AttachType.TraceIter or AttachType.TraceRawTp
            || (program.EffectiveAttach is AttachType.TraceFentry or AttachType.TraceFexit && program.Target?.StartsWith("bpf_sk_storage", StringComparison.Ordinal) != true)),
        _ => true,
    };

    private static HelperVariant VariantOf(int helper, in ProgramTraits program)
    {
        if (helper == s_getStack) return program.Type == ProgramType.Kprobe && program.IsSleepable ? HelperVariant.SleepableStack : HelperVariant.None;
        if (helper == s_getTaskStack) return program.IsSleepable ? HelperVariant.SleepableTaskStack : HelperVariant.None;
        if (helper == s_getClassId) return Array.IndexOf(s_packetClassId, program.Type) >= 0 ? HelperVariant.None : HelperVariant.CurrentClassId;
        if (helper == s_getFuncIp)
        {
            bool isMulti = program.Type == ProgramType.Kprobe && program.EffectiveAttach is AttachType.TraceKprobeMulti or AttachType.TraceKprobeSession or AttachType.TraceUprobeMulti or AttachType.TraceUprobeSession;
            return isMulti ? HelperVariant.MultiFunctionAddress : HelperVariant.None;
        }

        foreach ((int row, HelperVariant variant, ProgramType[] types) in s_variants)
        {
            if (row == helper && Array.IndexOf(types, program.Type) >= 0) return variant;
        }

        return HelperVariant.None;
    }

    private static bool HasTrampoline(in ProgramTraits program) => program.Type switch
    {
        ProgramType.Tracing => program.EffectiveAttach is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn,
        ProgramType.Lsm => program.EffectiveAttach == AttachType.LsmMac,
        _ => false,
    };

    private static string Hook(string? target) => target is null ? "" : target.StartsWith("bpf_lsm_", StringComparison.Ordinal) ? target["bpf_lsm_".Length..] : target;
}
