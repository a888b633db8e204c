// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Sixty fields of ten structs of the kernel: what relocation costs.
#include "types.h"

struct task_struct { __u64 pid; __u64 tgid; __u64 flags; __u64 prio; __u64 static_prio; __u64 exit_code; } CORE;
struct mm_struct { __u64 mmap_base; __u64 start_code; __u64 end_code; __u64 start_stack; __u64 arg_start; __u64 arg_end; } CORE;
struct sk_buff { __u64 len; __u64 data_len; __u64 mac_len; __u64 hdr_len; __u64 priority; __u64 mark; } CORE;
struct net_device { __u64 ifindex; __u64 mtu; __u64 flags; __u64 type; __u64 min_mtu; __u64 max_mtu; } CORE;
struct inode { __u64 i_ino; __u64 i_mode; __u64 i_opflags; __u64 i_flags; __u64 i_size; __u64 i_blocks; } CORE;
struct file { __u64 f_flags; __u64 f_mode; __u64 f_pos; void *f_op; void *f_inode; void *private_data; } CORE;
struct super_block { __u64 s_dev; __u64 s_blocksize; __u64 s_blocksize_bits; __u64 s_maxbytes; __u64 s_flags; __u64 s_magic; } CORE;
struct dentry { __u64 d_flags; void *d_inode; void *d_parent; void *d_op; void *d_sb; __u64 d_time; } CORE;
struct tcp_sock { __u64 copied_seq; __u64 rcv_nxt; __u64 snd_nxt; __u64 snd_una; __u64 window_clamp; __u64 srtt_us; } CORE;
struct sock { __u64 sk_rcvbuf; __u64 sk_sndbuf; __u64 sk_priority; __u64 sk_mark; __u64 sk_type; __u64 sk_protocol; } CORE;

volatile __u64 sum;

#define OFFSET(type, field) sum += __builtin_preserve_field_info(((struct type *)0)->field, 0 /* byte offset */)

SEC("raw_tp/sys_enter")
int offsets(void *ctx)
{
    OFFSET(task_struct, pid);
    OFFSET(task_struct, tgid);
    OFFSET(task_struct, flags);
    OFFSET(task_struct, prio);
    OFFSET(task_struct, static_prio);
    OFFSET(task_struct, exit_code);
    OFFSET(mm_struct, mmap_base);
    OFFSET(mm_struct, start_code);
    OFFSET(mm_struct, end_code);
    OFFSET(mm_struct, start_stack);
    OFFSET(mm_struct, arg_start);
    OFFSET(mm_struct, arg_end);
    OFFSET(sk_buff, len);
    OFFSET(sk_buff, data_len);
    OFFSET(sk_buff, mac_len);
    OFFSET(sk_buff, hdr_len);
    OFFSET(sk_buff, priority);
    OFFSET(sk_buff, mark);
    OFFSET(net_device, ifindex);
    OFFSET(net_device, mtu);
    OFFSET(net_device, flags);
    OFFSET(net_device, type);
    OFFSET(net_device, min_mtu);
    OFFSET(net_device, max_mtu);
    OFFSET(inode, i_ino);
    OFFSET(inode, i_mode);
    OFFSET(inode, i_opflags);
    OFFSET(inode, i_flags);
    OFFSET(inode, i_size);
    OFFSET(inode, i_blocks);
    OFFSET(file, f_flags);
    OFFSET(file, f_mode);
    OFFSET(file, f_pos);
    OFFSET(file, f_op);
    OFFSET(file, f_inode);
    OFFSET(file, private_data);
    OFFSET(super_block, s_dev);
    OFFSET(super_block, s_blocksize);
    OFFSET(super_block, s_blocksize_bits);
    OFFSET(super_block, s_maxbytes);
    OFFSET(super_block, s_flags);
    OFFSET(super_block, s_magic);
    OFFSET(dentry, d_flags);
    OFFSET(dentry, d_inode);
    OFFSET(dentry, d_parent);
    OFFSET(dentry, d_op);
    OFFSET(dentry, d_sb);
    OFFSET(dentry, d_time);
    OFFSET(tcp_sock, copied_seq);
    OFFSET(tcp_sock, rcv_nxt);
    OFFSET(tcp_sock, snd_nxt);
    OFFSET(tcp_sock, snd_una);
    OFFSET(tcp_sock, window_clamp);
    OFFSET(tcp_sock, srtt_us);
    OFFSET(sock, sk_rcvbuf);
    OFFSET(sock, sk_sndbuf);
    OFFSET(sock, sk_priority);
    OFFSET(sock, sk_mark);
    OFFSET(sock, sk_type);
    OFFSET(sock, sk_protocol);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
