// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Members of kernel structs whose pointers can be relied on, as the kernel's verifier lists them (safe trusted and RCU fields).</summary>
internal static class TrustedFields
{
    private static readonly HashSet<string> s_trusted = new(StringComparer.Ordinal)
    {
        "bpf_iter_meta.seq", "bpf_iter__task.meta", "bpf_iter__task.task", "linux_binprm.file", "file.f_inode",
    };

    private static readonly HashSet<string> s_trustedOrNull = new(StringComparer.Ordinal)
    {
        "socket.sk", "dentry.d_inode", "vm_area_struct.vm_mm", "vm_area_struct.vm_file",
    };

    private static readonly HashSet<string> s_rcu = new(StringComparer.Ordinal)
    {
        "task_struct.cpus_ptr", "task_struct.cgroups", "task_struct.real_parent", "task_struct.group_leader", "cgroup.kn", "css_set.dfl_cgrp", "cgroup_subsys_state.cgroup",
    };

    private static readonly HashSet<string> s_rcuOrNull = new(StringComparer.Ordinal)
    {
        "mm_struct.exe_file", "sk_buff.sk", "request_sock.sk",
    };

    internal static bool IsTrusted(string member) => s_trusted.Contains(member);

    internal static bool IsTrustedOrNull(string member) => s_trustedOrNull.Contains(member);

    internal static bool IsRcu(string member) => s_rcu.Contains(member);

    internal static bool IsRcuOrNull(string member) => s_rcuOrNull.Contains(member);
}
