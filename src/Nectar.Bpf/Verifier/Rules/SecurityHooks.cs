// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What the verifier knows of the hooks of security modules, by name without prefix. Source of the facts: kernel/bpf/bpf_lsm.c, state of 6.12.</summary>
internal static class SecurityHooks
{
    private static readonly NameSet s_sleepable = new(
            "bpf bpf_map bpf_map_create bpf_map_free bpf_prog bpf_prog_load bpf_token_create bpf_token_free bpf_token_cmd bpf_token_capable bprm_check_security "
            + "bprm_committed_creds bprm_committing_creds bprm_creds_for_exec bprm_creds_from_file capget capset cred_prepare file_ioctl file_lock file_open "
            + "file_post_open file_receive inode_create inode_free_security inode_getattr inode_getxattr inode_mknod inode_need_killpriv inode_post_setxattr "
            + "inode_readlink inode_rename inode_rmdir inode_setattr inode_setxattr inode_symlink inode_unlink kernel_module_request kernel_read_file "
            + "kernfs_init_security path_unlink path_mkdir path_rmdir path_truncate path_symlink path_link path_rename path_chmod path_chown mmap_file netlink_send "
            + "path_notify release_secctx sb_alloc_security sb_eat_lsm_opts sb_kern_mount sb_mount sb_remount sb_set_mnt_opts sb_show_options sb_statfs sb_umount "
            + "settime socket_accept socket_bind socket_connect socket_create socket_getpeername socket_getpeersec_dgram socket_getsockname socket_getsockopt "
            + "socket_listen socket_post_create socket_recvmsg socket_sendmsg socket_shutdown socket_socketpair syslog task_alloc current_getsecid_subj "
            + "task_getsecid_obj task_prctl task_setscheduler userns_create");

    private static readonly NameSet s_disabled = new("disabled_hooks vm_enough_memory inode_need_killpriv inode_getsecurity inode_listsecurity inode_copy_up_xattr getselfattr getprocattr setprocattr key_getsecurity audit_rule_match xfrm_decode_session ismaclabel");

    private static readonly NameSet s_untrusted = new("bpf_map_free bpf_prog_free file_alloc_security file_free_security sk_alloc_security sk_free_security task_free");

    private static readonly NameSet s_boolean = new("xfrm_state_pol_flow_match audit_rule_known inode_xattr_skipcap");

    /// <summary>True if programs at the hook may sleep.</summary>
    internal static bool MaySleep(ReadOnlySpan<char> hook) => s_sleepable.Contains(hook);

    /// <summary>True if no program can be attached, because what the hook returns is not a plain verdict.</summary>
    internal static bool IsDisabled(ReadOnlySpan<char> hook) => s_disabled.Contains(hook);

    /// <summary>True if what the hook passes is being made or taken down: its pointers cannot go to kernel functions.</summary>
    internal static bool IsUntrusted(ReadOnlySpan<char> hook) => s_untrusted.Contains(hook);

    /// <summary>True if the hook answers 0 or 1 instead of an error number.</summary>
    internal static bool IsBoolean(ReadOnlySpan<char> hook) => s_boolean.Contains(hook);
}
